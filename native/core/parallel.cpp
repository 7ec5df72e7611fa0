#include "parallel.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>

#include "cgroup.h"

namespace gemsbok::core {
namespace {

inline void pause() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Some 20 to 50 microseconds: phases of a step follow each other faster, runs do not.
constexpr int kSpins = 1000;

template <class T, class Done>
void wait_until(std::atomic<T>& value, Done done) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (done(value.load(std::memory_order_acquire))) return;
    pause();
  }
  for (;;) {
    const T seen = value.load(std::memory_order_acquire);
    if (done(seen)) return;
    value.wait(seen, std::memory_order_acquire);
  }
}

}  // namespace

void Team::run(std::size_t tasks, Work work, std::size_t threads, std::size_t caller) {
  if (threads < 2 || tasks < 2) {
    for (std::size_t task = 0; task < tasks; ++task) work(task, 0);
    return;
  }
  phase_ = {&work, tasks, threads, caller};
  next_.store(0, std::memory_order_relaxed);
  state_.store(kOpen, std::memory_order_release);
  wake(true);
  take_tasks(0);
  // Closed: who has not joined by now stays out, so that only helpers inside have to be waited for.
  state_.fetch_and(~kOpen, std::memory_order_acq_rel);
  wait_until(state_, [](std::uint32_t state) { return state == 0; });
}

// The caller is worker 0; the helper of that number takes the caller's.
void Team::help(std::size_t helper) {
  if (!join()) return;
  const bool outside = phase_.caller == kOutside;
  const std::size_t worker = outside ? helper + 1 : helper == 0 ? phase_.caller : helper;
  if (worker < phase_.threads) take_tasks(worker);
  leave();
}

void Team::wait(std::uint32_t seen) {
  wait_until(signal_, [seen](std::uint32_t signal) { return signal != seen; });
}

void Team::wake(bool all) {
  signal_.fetch_add(1);
  all ? signal_.notify_all() : signal_.notify_one();
}

bool Team::join() {
  std::uint32_t state = state_.load(std::memory_order_acquire);
  while ((state & kOpen) != 0) {
    if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel)) return true;
  }
  return false;
}

void Team::leave() {
  if (state_.fetch_sub(1, std::memory_order_acq_rel) == 1) state_.notify_one();
}

void Team::take_tasks(std::size_t worker) {
  for (;;) {
    const std::size_t task = next_.fetch_add(1, std::memory_order_relaxed);
    if (task >= phase_.tasks) return;
    (*phase_.work)(task, worker);
  }
}

void TeamPool::Lease::run(std::size_t tasks, Work work) const {
  if (team_ != nullptr) {
    team_->run(tasks, work, threads_, caller_);
    return;
  }
  for (std::size_t task = 0; task < tasks; ++task) work(task, 0);
}

TeamPool::Lease TeamPool::borrow(std::size_t threads, std::size_t caller) {
  std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || threads < 2) return {};
  return {std::move(lock), team_, threads, caller};
}

std::size_t available_threads() {
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  const double quota = cgroup_quota();
  return quota > 0 ? std::min(threads, static_cast<std::size_t>(std::max(1.0, std::ceil(quota)))) : threads;
}

// A writer keeps the turn while it works; a reader passes it on at once.
void FairSharedMutex::lock() {
  wait_for_turn();
  wait_until(readers_, [](std::uint32_t readers) { return readers == 0; });
}

void FairSharedMutex::unlock() { next_turn(); }

void FairSharedMutex::lock_shared() {
  wait_for_turn();
  readers_.fetch_add(1, std::memory_order_acquire);
  next_turn();
}

bool FairSharedMutex::try_lock_shared() {
  // No turn is held where the next ticket is the one whose turn it is.
  std::uint32_t ticket = turn_.load(std::memory_order_acquire);
  if (!next_ticket_.compare_exchange_strong(ticket, ticket + 1, std::memory_order_acquire)) return false;
  readers_.fetch_add(1, std::memory_order_acquire);
  next_turn();
  return true;
}

void FairSharedMutex::unlock_shared() {
  if (readers_.fetch_sub(1, std::memory_order_release) == 1) readers_.notify_all();
}

void FairSharedMutex::wait_for_turn() {
  const std::uint32_t ticket = next_ticket_.fetch_add(1, std::memory_order_relaxed);
  wait_until(turn_, [ticket](std::uint32_t turn) { return turn == ticket; });
}

void FairSharedMutex::next_turn() {
  turn_.fetch_add(1, std::memory_order_release);
  turn_.notify_all();
}

}  // namespace gemsbok::core
