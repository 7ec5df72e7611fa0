#include "jobs.h"

namespace gemsbok::binding {

void JobThreads::submit(std::shared_ptr<Job> job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  queue_.push_back(std::move(job));
  if (idle_ < queue_.size() && threads_.size() < most_) threads_.emplace_back([this] { serve(); });
  changed_.notify_one();
}

void JobThreads::serve() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    --idle_;
    if (stopped_) return;
    const std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      job->work(job->cancelled);
    } catch (...) {
      job->error = std::current_exception();
    }
    // What it holds goes now: JavaScript may keep the means to cancel for long.
    job->work = nullptr;
    done_(job);
    lock.lock();
  }
}

void JobThreads::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    queue_.clear();
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace gemsbok::binding
