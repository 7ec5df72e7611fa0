#include "jobs.h"

namespace gemsbok::binding {

bool Job::work(const core::Turn& turn) {
  try {
    if (!turns(turn)) return false;
  } catch (...) {
    error = std::current_exception();
  }
  // What it holds goes now: JavaScript may keep the means to cancel for long.
  turns = nullptr;
  return true;
}

}  // namespace gemsbok::binding
