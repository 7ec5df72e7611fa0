#include "watchdog.h"

#include <algorithm>
#include <thread>

namespace gemsbok::mpi {

Watchdog::Watchdog(std::chrono::milliseconds timeout, std::function<void(const std::string& what)> expire)
    : timeout_(timeout), expire_(std::move(expire)) {
  std::thread([this] { look(); }).detach();
}

Watchdog::Watch::Watch(Watchdog& watchdog, const char* what) : watchdog_(watchdog) {
  watchdog.what_.store(what);
  watchdog.deadline_.store((Clock::now() + watchdog.timeout_).time_since_epoch().count());
}

void Watchdog::look() {
  using std::chrono::milliseconds;
  const auto pause = std::clamp(timeout_ / 20, milliseconds(5), milliseconds(100));
  for (;;) {
    std::this_thread::sleep_for(pause);
    const Clock::rep deadline = deadline_.load();
    if (deadline == kNone || Clock::now().time_since_epoch().count() < deadline) continue;
    expire_(what_.load());
    return;
  }
}

}  // namespace gemsbok::mpi
