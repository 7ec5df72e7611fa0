#include "scheduler.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

// Long compared with a change of tasks, short compared with what a person notices.
constexpr auto kShare = std::chrono::milliseconds(4);
// A turn of so many begins with another queue than the first.
constexpr std::size_t kOtherTurn = 4;
// Short compared with the tick by which the system takes a core away, long compared with the call.
constexpr auto kYield = std::chrono::microseconds(100);

}  // namespace

bool Turn::is_over() const {
  if (scheduler_ == nullptr) return false;
  courtesy_.yield();
  return scheduler_->has_waiting() && Clock::now() - begin_ > kShare;
}

void Courtesy::yield() {
  const auto now = Clock::now();
  if (now - last_ < kYield) return;
  std::this_thread::yield();
  last_ = now;
}

Scheduler::~Scheduler() {
  stopped_.store(true);
  teams_.team().wake(true);
  for (auto& [thread, serves] : pool_) {
    if (thread.joinable()) thread.join();
  }
}

void Scheduler::set_threads(std::size_t threads) {
  const std::lock_guard<std::mutex> lock(mutex_);
  threads_.store(threads);
  started_.store(std::min(started_.load(), threads));
  // Those beyond the limit end.
  teams_.team().wake(true);
  start(std::min(threads, busy_ + waiting_.load()));
}

void Scheduler::submit(std::shared_ptr<Task> task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::size_t queue = task->lane_ == Task::Lane::kInference ? 0 : 2;
    enqueue(std::move(task), queue);
    start(std::min(threads(), busy_ + waiting_.load()));
  }
  teams_.team().wake(false);
}

bool Scheduler::withdraw(Task& task) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return take_out(task);
}

bool Scheduler::take_out(Task& task) {
  if (task.state_ != Task::State::kWaiting) return false;
  task.state_ = Task::State::kEnded;
  const std::shared_ptr<Task> owned = std::move(*task.place_);
  queues_[task.queue_].erase(task.place_);
  waiting_.fetch_sub(1);
  return true;
}

void Scheduler::join(Task& task) {
  std::unique_lock<std::mutex> lock(mutex_);
  rested_.wait(lock, [&] { return task.state_ != Task::State::kRunning; });
  take_out(task);
}

TeamPool::Lease Scheduler::borrow(std::size_t caller) {
  const std::size_t count = threads();
  if (count < 2) return {};
  if (started_.load(std::memory_order_relaxed) < count) {
    const std::lock_guard<std::mutex> lock(mutex_);
    start(threads());
  }
  return teams_.borrow(count, caller);
}

// Threads [0, count) serve.
void Scheduler::start(std::size_t count) {
  if (pool_.size() < count) pool_.resize(count);
  for (std::size_t t = started_.load(); t < count; ++t) {
    Thread& own = pool_[t];
    if (own.serves) continue;
    // It has ended, or is about to: it does not take the lock any more.
    if (own.thread.joinable()) own.thread.join();
    own.serves = true;
    own.thread = std::thread([this, t] { serve(t); });
  }
  started_.store(std::max(started_.load(), count));
}

void Scheduler::serve(std::size_t thread) {
  Team& team = teams_.team();
  Courtesy courtesy;
  for (;;) {
    const std::uint32_t seen = team.signal();
    if (is_surplus(thread)) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (is_surplus(thread)) {
        pool_[thread].serves = false;
        return;
      }
    }
    while (has_waiting() && run_next(thread)) {
    }
    team.help(thread);
    courtesy.yield();
    team.wait(seen);
  }
}

// Whether there was a task.
bool Scheduler::run_next(std::size_t thread) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (is_surplus(thread)) return false;
  std::shared_ptr<Task> task = dequeue();
  if (task == nullptr) return false;
  task->state_ = Task::State::kRunning;
  ++busy_;
  lock.unlock();
  const bool ended = task->work(Turn(borrow(thread), *this, task->cancelled));
  if (ended) task->finish();
  lock.lock();
  --busy_;
  if (ended) {
    task->state_ = Task::State::kEnded;
  } else {
    enqueue(task, task->lane_ == Task::Lane::kInference ? 1 : 2);
  }
  rested_.notify_all();
  lock.unlock();
  return true;
}

void Scheduler::enqueue(std::shared_ptr<Task> task, std::size_t queue) {
  Task& own = *task;
  own.queue_ = queue;
  own.state_ = Task::State::kWaiting;
  own.place_ = queues_[queue].insert(queues_[queue].end(), std::move(task));
  waiting_.fetch_add(1);
}

std::shared_ptr<Task> Scheduler::dequeue() {
  ++turns_;
  const std::size_t first = turns_ % kOtherTurn == 0 ? 1 + turns_ / kOtherTurn % (kQueues - 1) : 0;
  for (std::size_t q = 0; q < kQueues; ++q) {
    auto& queue = queues_[(first + q) % kQueues];
    if (queue.empty()) continue;
    std::shared_ptr<Task> task = std::move(queue.front());
    queue.pop_front();
    waiting_.fetch_sub(1);
    return task;
  }
  return nullptr;
}

}  // namespace gemsbok::core
