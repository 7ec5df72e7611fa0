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

// Whose task this thread works on.
thread_local Scheduler* working_for = nullptr;

}  // namespace

Waiting::Waiting() : scheduler_(working_for) {
  if (scheduler_ != nullptr) scheduler_->go_away();
}

Waiting::~Waiting() {
  if (scheduler_ != nullptr) scheduler_->come_back();
}

bool Turn::is_over() const {
  if (scheduler_ == nullptr) return false;
  courtesy_.yield();
  return scheduler_->is_wanted() && Clock::now() - begin_ > kShare;
}

void Courtesy::yield() {
  const auto now = Clock::now();
  if (now - last_ < kYield) return;
  std::this_thread::yield();
  last_ = now;
}

Scheduler::~Scheduler() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_.store(true);
  }
  wanted_.notify_all();
  if (stand_in_.joinable()) stand_in_.join();
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

void Scheduler::discard(std::shared_ptr<const void> object) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    discarded_.push_back(std::move(object));
    // Who takes one takes them all.
    if (has_discarded_.exchange(true)) return;
    start(1);
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

void Scheduler::leave(Task& task) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (task.state_ == Task::State::kRunning && !is_anyone_away()) {
    // There is no signal for a task that begins to wait for other processes.
    rested_.wait_for(lock, std::chrono::milliseconds(1));
  }
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
    while ((has_waiting() || has_discarded()) && run_next(thread)) {
    }
    team.help(thread);
    courtesy.yield();
    team.wait(seen);
  }
}

// Whether there was anything to do. No task waits for more than one discarded object.
bool Scheduler::run_next(std::size_t thread) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (is_surplus(thread)) return false;
  std::shared_ptr<const void> discarded = take_discarded();
  const bool discards = discarded != nullptr;
  if (discards) {
    lock.unlock();
    discarded.reset();
    lock.lock();
  }
  std::shared_ptr<Task> task = dequeue();
  if (task == nullptr) return discards;
  run(task, thread, lock);
  return true;
}

// With the lock, which is not held afterwards.
void Scheduler::run(const std::shared_ptr<Task>& task, std::size_t caller, std::unique_lock<std::mutex>& lock) {
  task->state_ = Task::State::kRunning;
  ++busy_;
  lock.unlock();
  working_for = this;
  const bool ended = task->work(Turn(borrow(caller), *this, task->cancelled));
  working_for = nullptr;
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
}

// Waits of processes that keep step are short, and many: they cost two additions.
void Scheduler::go_away() {
  times_away_.fetch_add(1, std::memory_order_relaxed);
  away_.fetch_add(1, std::memory_order_relaxed);
  if (has_stand_in_.load(std::memory_order_relaxed)) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!has_stand_in_.exchange(true)) stand_in_ = std::thread([this] { stand_in(); });
}

// Works while somebody waits for its turn, and one and the same wait for other processes lasts longer than a share.
void Scheduler::stand_in() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopped_.load()) {
    wanted_.wait(lock, [this] { return stopped_.load() || has_waiting(); });
    const std::size_t seen = times_away_.load();
    wanted_.wait_for(lock, kShare, [this] { return stopped_.load(); });
    stands_in_.store(true);
    while (!stopped_.load() && is_anyone_away() && times_away_.load() == seen) {
      std::shared_ptr<Task> task = dequeue();
      if (task == nullptr) break;
      run(task, Team::kOutside, lock);
      task.reset();
      lock.lock();
    }
    stands_in_.store(false);
  }
}

void Scheduler::enqueue(std::shared_ptr<Task> task, std::size_t queue) {
  Task& own = *task;
  own.queue_ = queue;
  own.state_ = Task::State::kWaiting;
  own.place_ = queues_[queue].insert(queues_[queue].end(), std::move(task));
  waiting_.fetch_add(1);
  if (has_stand_in_.load(std::memory_order_relaxed)) wanted_.notify_one();
}

std::shared_ptr<const void> Scheduler::take_discarded() {
  if (discarded_.empty()) return nullptr;
  std::shared_ptr<const void> object = std::move(discarded_.back());
  discarded_.pop_back();
  has_discarded_.store(!discarded_.empty());
  return object;
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
