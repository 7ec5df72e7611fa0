#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "parallel.h"

namespace gemsbok::core {

class Scheduler;

using Clock = std::chrono::steady_clock;

// Where all cores compute, the thread of the event loop waits for one of them. Offering it between two steps costs next
// to nothing where no thread waits, and shortens the wait to less than a tick of the system.
class Courtesy {
 public:
  // Does so where the last time is some while ago.
  void yield();

 private:
  Clock::time_point last_ = {};
};

// The time of a piece of work. It is over when others wait and it has had its share.
class Turn {
 public:
  // Without an end.
  explicit Turn(TeamPool::Lease team = {}) : team_(std::move(team)) {}
  Turn(TeamPool::Lease team, const Scheduler& scheduler, const std::atomic<bool>& cancelled)
      : team_(std::move(team)), scheduler_(&scheduler), cancelled_(&cancelled), begin_(Clock::now()) {}

  const TeamPool::Lease& team() const { return team_; }
  bool is_cancelled() const { return cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed); }
  // To be asked between two steps.
  bool is_over() const;

 private:
  TeamPool::Lease team_;
  const Scheduler* scheduler_ = nullptr;
  const std::atomic<bool>* cancelled_ = nullptr;
  Clock::time_point begin_ = {};
  mutable Courtesy courtesy_;
};

// While it lives, a task that made it waits for other processes and computes nothing: where that lasts, others have
// turns in its place. Elsewhere it means nothing.
class Waiting {
 public:
  Waiting();
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  Scheduler* scheduler_;
};

// Work that a scheduler does turn by turn.
class Task {
 public:
  enum class Lane { kInference, kTraining };

  explicit Task(Lane lane) : lane_(lane) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Whether the work has ended; if not, it is called again. Neither this nor `finish` throws.
  virtual bool work(const Turn& turn) = 0;
  // Called once, after the end, where the task was not withdrawn.
  virtual void finish() = 0;

  std::atomic<bool> cancelled{false};

 private:
  friend class Scheduler;
  enum class State { kNew, kWaiting, kRunning, kEnded };

  Lane lane_;
  State state_ = State::kNew;
  std::size_t queue_ = 0;
  std::list<std::shared_ptr<Task>>::iterator place_;
};

// The threads that compute, not more than `threads`, started when they are needed. Each works on one task at a time or,
// where it has none, helps with phases of others. Tasks take turns in the order of their arrival: those of the
// inference lane first, among them those that have not had a turn; each fourth turn begins with another queue, so that
// nothing waits for ever. One more thread stands in while a task waits for other processes, and until the end of its
// own turn.
class Scheduler {
 public:
  explicit Scheduler(std::size_t threads) : threads_(threads) {}
  // No task may be left.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  std::size_t threads() const { return threads_.load(std::memory_order_relaxed); }
  void set_threads(std::size_t threads);

  void submit(std::shared_ptr<Task> task);
  // Takes out a task that waits for its turn; false where it runs or has ended.
  bool withdraw(Task& task);
  // Returns when no thread works on the task, which was cancelled.
  void join(Task& task);
  // Likewise where the process ends, but does not wait for a task that waits for other processes.
  void leave(Task& task);
  // Takes what is needed no more, and destroys it on one of the threads: to free much memory takes its time.
  void discard(std::shared_ptr<const void> object);
  bool has_waiting() const { return waiting_.load(std::memory_order_relaxed) > 0; }
  // Whether a turn that has had its share ends.
  bool is_wanted() const {
    return has_waiting() || has_discarded() || (stands_in_.load(std::memory_order_relaxed) && !is_anyone_away());
  }
  // The team, for work on a thread that is none of these.
  TeamPool::Lease borrow() { return borrow(Team::kOutside); }

 private:
  friend class Waiting;
  struct Thread {
    std::thread thread;
    bool serves = false;
  };
  static constexpr std::size_t kQueues = 3;

  bool has_discarded() const { return has_discarded_.load(std::memory_order_relaxed); }
  TeamPool::Lease borrow(std::size_t caller);
  void serve(std::size_t thread);
  bool run_next(std::size_t thread);
  void run(const std::shared_ptr<Task>& task, std::size_t caller, std::unique_lock<std::mutex>& lock);
  void go_away();
  void come_back() { away_.fetch_sub(1, std::memory_order_relaxed); }
  bool is_anyone_away() const { return away_.load(std::memory_order_relaxed) > 0; }
  void stand_in();
  bool is_surplus(std::size_t thread) const { return stopped_.load() || thread >= threads(); }
  // The following need the lock.
  void enqueue(std::shared_ptr<Task> task, std::size_t queue);
  bool take_out(Task& task);
  void start(std::size_t count);
  std::shared_ptr<Task> dequeue();
  std::shared_ptr<const void> take_discarded();

  std::mutex mutex_;
  std::condition_variable rested_;
  std::array<std::list<std::shared_ptr<Task>>, kQueues> queues_;
  std::vector<std::shared_ptr<const void>> discarded_;
  std::vector<Thread> pool_;
  std::size_t busy_ = 0, turns_ = 0;
  std::atomic<std::size_t> threads_, started_{0}, waiting_{0};
  std::atomic<bool> stopped_{false}, has_discarded_{false};
  std::thread stand_in_;
  std::condition_variable wanted_;
  // Tasks that wait for other processes, and how often any has.
  std::atomic<std::size_t> away_{0}, times_away_{0};
  std::atomic<bool> has_stand_in_{false}, stands_in_{false};
  TeamPool teams_;
};

}  // namespace gemsbok::core
