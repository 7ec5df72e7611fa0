#include "watchdog.h"

#include <algorithm>
#include <thread>

namespace gemsbok::mpi {
namespace {

// A thread that wakes so much later than it is due was stopped with its process.
constexpr auto kStopped = std::chrono::seconds(1);

}  // namespace

Watchdog::Watchdog(std::chrono::milliseconds timeout, std::function<void(const std::string& what)> expire)
    : timeout_(timeout), expire_(std::move(expire)) {
  std::thread([this] { look(); }).detach();
}

Watchdog::Watch::Watch(Watchdog& watchdog, const char* what) : watchdog_(watchdog) {
  watchdog.what_.store(what);
  watchdog.deadline_.store((Clock::now() + watchdog.timeout_).time_since_epoch().count());
}

// The time in which this process is stopped, as by a scheduler that suspends a job, does not count.
void Watchdog::look() {
  using std::chrono::milliseconds;
  const auto pause = std::clamp(timeout_ / 20, milliseconds(5), milliseconds(100));
  auto seen = Clock::now();
  Clock::rep watched = kNone;
  Clock::duration stopped = {};
  for (;;) {
    std::this_thread::sleep_for(pause);
    const auto now = Clock::now();
    const Clock::rep deadline = deadline_.load();
    if (deadline != watched) stopped = {};
    if (now - seen > kStopped + pause) stopped += now - seen;
    seen = now;
    watched = deadline;
    if (deadline == kNone || (now - stopped).time_since_epoch().count() < deadline) continue;
    expire_(what_.load());
    return;
  }
}

}  // namespace gemsbok::mpi
