#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

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

// A fixed team of threads that runs one phase after another. The thread that calls `run` is worker 0.
//
// A phase never waits for a helper that has not joined it: one that sleeps, or that the system does not schedule,
// misses the phase, and its tasks are done by the others. What a task computes must not depend on who runs it.
class Team {
 public:
  explicit Team(std::size_t threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::size_t threads() const { return helpers_.size() + 1; }

  // Calls work(task, worker) for each task below `tasks`; all are done when it returns. Tasks must not throw.
  void run(std::size_t tasks, Work work);

 private:
  struct Phase {
    const Work* work;
    std::size_t tasks;
  };

  void help(std::size_t worker);
  bool join();
  void leave();
  void take_tasks(std::size_t worker);

  static constexpr std::uint32_t kOpen = 1U << 31;

  std::vector<std::thread> helpers_;
  Phase phase_{};
  // Counts phases; helpers sleep on it.
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  // kOpen while a phase may be joined, plus the number of helpers inside it.
  alignas(64) std::atomic<std::uint32_t> state_{0};
  alignas(64) std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
};

// Lends one team to one run at a time; who finds it lent works alone, with the same result.
class TeamPool {
 public:
  class Lease {
   public:
    Lease() = default;
    Lease(std::unique_lock<std::mutex> lock, Team* team) : lock_(std::move(lock)), team_(team) {}
    std::size_t threads() const { return team_ == nullptr ? 1 : team_->threads(); }
    void run(std::size_t tasks, Work work) const;

   private:
    std::unique_lock<std::mutex> lock_;
    Team* team_ = nullptr;
  };

  Lease borrow(std::size_t threads);

 private:
  std::mutex mutex_;
  std::unique_ptr<Team> team_;
};

// How many threads this process may use: the affinity mask, or the container's quota where that is less.
std::size_t available_threads();

// A readers-writer lock that serves in the order of arrival: steady prediction does not stop training, nor a training
// run that locks again at once the predictions beside it.
class FairSharedMutex {
 public:
  void lock();
  void unlock();
  void lock_shared();
  void unlock_shared();

 private:
  void wait_for_turn();
  void next_turn();

  std::atomic<std::uint32_t> next_ticket_{0};
  std::atomic<std::uint32_t> turn_{0};
  std::atomic<std::uint32_t> readers_{0};
};

}  // namespace gemsbok::core
