#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>

namespace gemsbok::core {

// A reference to a callable, valid while the callable is: a phase outlives no call, so nothing is allocated for it.
class Work {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Work>) Work(F&& callable)
      : object_(const_cast<void*>(static_cast<const void*>(&callable))),
        call_([](void* object, std::size_t task, std::size_t worker) {
          (*static_cast<std::remove_reference_t<F>*>(object))(task, worker);
        }) {}

  void operator()(std::size_t task, std::size_t worker) const { call_(object_, task, worker); }

 private:
  void* object_;
  void (*call_)(void*, std::size_t, std::size_t);
};

// One phase of work after another, run by the thread that calls `run` and by helpers, which are numbered from 0.
//
// A phase never waits for a helper that has not joined it: one that sleeps, or that works on something else, misses
// the phase, and its tasks are done by the others. What a task computes must not depend on who runs it.
class Team {
 public:
  // A caller that is none of the helpers.
  static constexpr std::size_t kOutside = SIZE_MAX;

  // Calls work(task, worker) for each task below `tasks` and workers below `threads`; all are done when it returns.
  // Tasks must not throw. One caller at a time.
  void run(std::size_t tasks, Work work, std::size_t threads, std::size_t caller);
  // Takes tasks of the phase that is open, as far as one is and has room for this helper.
  void help(std::size_t helper);

  // What helpers sleep on: it changes with each phase and each call of `wake`.
  std::uint32_t signal() const { return signal_.load(std::memory_order_acquire); }
  void wait(std::uint32_t seen);
  void wake(bool all);

 private:
  struct Phase {
    const Work* work;
    std::size_t tasks, threads, caller;
  };

  bool join();
  void leave();
  void take_tasks(std::size_t worker);

  static constexpr std::uint32_t kOpen = 1U << 31;

  Phase phase_{};
  alignas(64) std::atomic<std::uint32_t> signal_{0};
  // kOpen while a phase may be joined, plus the number of helpers inside it.
  alignas(64) std::atomic<std::uint32_t> state_{0};
  alignas(64) std::atomic<std::size_t> next_{0};
};

// Lends one team to one job at a time; a job that finds it taken works alone, with the same result.
class TeamPool {
 public:
  class Lease {
   public:
    Lease() = default;
    Lease(std::unique_lock<std::mutex> lock, Team& team, std::size_t threads, std::size_t caller)
        : lock_(std::move(lock)), team_(&team), threads_(threads), caller_(caller) {}
    std::size_t threads() const { return threads_; }
    void run(std::size_t tasks, Work work) const;

   private:
    std::unique_lock<std::mutex> lock_;
    Team* team_ = nullptr;
    std::size_t threads_ = 1, caller_ = Team::kOutside;
  };

  Lease borrow(std::size_t threads, std::size_t caller);
  Team& team() { return team_; }

 private:
  std::mutex mutex_;
  Team team_;
};

// How many threads this process may use: the affinity mask, or the container's quota where that is less.
std::size_t available_threads();

// A readers-writer lock that serves in the order of arrival: steady prediction does not stop training, nor a training
// run that locks again at once the predictions.
class FairSharedMutex {
 public:
  void lock();
  void unlock();
  void lock_shared();
  // Fails where somebody writes or waits to.
  bool try_lock_shared();
  void unlock_shared();

 private:
  void wait_for_turn();
  void next_turn();

  std::atomic<std::uint32_t> next_ticket_{0};
  std::atomic<std::uint32_t> turn_{0};
  std::atomic<std::uint32_t> readers_{0};
};

}  // namespace gemsbok::core
