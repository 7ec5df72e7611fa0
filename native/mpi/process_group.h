#pragma once

#include <future>
#include <mutex>

#include "communicator.h"
#include "library.h"
#include "watchdog.h"

namespace gemsbok::mpi {

// The processes that a launcher of MPI started together. One call at a time waits for the others; where that takes
// longer than the timeout, or the library fails, all processes end.
class ProcessGroup final : public core::Communicator {
 public:
  // Called once a process. What it returns stays for ever, as threads of the library may use it until the very end.
  static ProcessGroup& connect(std::unique_ptr<Library> library, std::chrono::milliseconds timeout);

  std::size_t rank() const override { return rank_; }
  std::size_t size() const override { return size_; }
  std::size_t local_rank() const { return library_->local_rank(); }
  std::size_t local_size() const { return library_->local_size(); }
  const Library& library() const { return *library_; }
  const std::string& host() const { return host_; }

  void allreduce(float* values, std::size_t count) override;
  void allreduce(double* values, std::size_t count) override;
  void broadcast(float* values, std::size_t count) override;
  void broadcast(void* bytes, std::size_t count, std::size_t root);
  void barrier();
  // Waits for all others to come here, too.
  void finalize();
  // Ends all processes.
  [[noreturn]] void end(int code);

 private:
  ProcessGroup(std::unique_ptr<Library> library, std::chrono::milliseconds timeout);
  template <class T>
  void sum(T* values, std::size_t count);
  template <class Call>
  void call(const char* what, const Call& call);
  void initialize();
  [[noreturn]] void fail(const std::string& what);

  std::unique_ptr<Library> library_;
  std::string host_;
  std::size_t rank_ = 0, size_ = 1;
  Watchdog watchdog_;
  std::mutex mutex_;
  std::promise<void> finalize_asked_, finalized_;
};

}  // namespace gemsbok::mpi
