#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

namespace gemsbok::mpi {

// Notices that a call waits for other processes longer than it may. One is watched at a time. Lives for ever, as its
// thread does.
class Watchdog {
 public:
  // `expire` is told what the call was.
  Watchdog(std::chrono::milliseconds timeout, std::function<void(const std::string& what)> expire);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  class Watch {
   public:
    Watch(Watchdog& watchdog, const char* what);
    ~Watch() { watchdog_.deadline_.store(kNone); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Watchdog& watchdog_;
  };

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::rep kNone = 0;

  void look();

  std::chrono::milliseconds timeout_;
  std::function<void(const std::string& what)> expire_;
  std::atomic<Clock::rep> deadline_{kNone};
  std::atomic<const char*> what_{""};
};

}  // namespace gemsbok::mpi
