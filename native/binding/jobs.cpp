#include "jobs.h"

namespace gemsbok::binding {

bool Job::work(const core::Turn& turn) {
  try {
    if (!turns(turn)) return false;
  } catch (...) {
    error = std::current_exception();
  }
  // What it holds goes now, and here: the JavaScript thread may be long in settling.
  turns = nullptr;
  return true;
}

}  // namespace gemsbok::binding
