#include "process_group.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "scheduler.h"

#ifndef _WIN32
#include <unistd.h>
#endif

namespace gemsbok::mpi {
namespace {

// The exit code where other processes were waited for in vain: EX_TEMPFAIL, try again.
constexpr int kFailed = 75;
// How long launchers have to pass on what a process said: some drop it where they end all.
constexpr auto kPassedOn = std::chrono::milliseconds(200);
// An abort may wait for a network that is gone.
constexpr auto kPatience = std::chrono::milliseconds(1500);
// Counts are ints, and for each call libraries take as much memory as it sums: with more at once they fail where memory
// is short, and the system's pages of it take longer than the sum.
constexpr std::size_t kMostBytes = std::size_t{1} << 24;

std::string host_name() {
  std::array<char, 256> name = {};
#ifndef _WIN32
  gethostname(name.data(), name.size() - 1);
#endif
  return name.data();
}

}  // namespace

ProcessGroup& ProcessGroup::connect(std::unique_ptr<Library> library, std::chrono::milliseconds timeout) {
  auto* group = new ProcessGroup(std::move(library), timeout);
  group->initialize();
  return *group;
}

ProcessGroup::ProcessGroup(std::unique_ptr<Library> library, std::chrono::milliseconds timeout)
    : library_(std::move(library)), host_(host_name()), watchdog_(timeout, [this, timeout](const std::string& what) {
        fail("waited for " + std::to_string(timeout.count()) + " ms in " + what +
             " for other processes, of which one is stopped, gone, or does other work");
      }) {}

// MPI ends on the thread that began it. The caller waits, as the library changes the environment while it begins.
void ProcessGroup::initialize() {
  std::promise<bool> initialized;
  std::thread([this, &initialized] {
    initialized.set_value(library_->initialize());
    finalize_asked_.get_future().wait();
    library_->finalize();
    finalized_.set_value();
  }).detach();
  bool takes_turns = false;
  {
    const Watchdog::Watch watch(watchdog_, "MPI_Init_thread");
    takes_turns = initialized.get_future().get();
  }
  if (!takes_turns) throw Unavailable(library_->version() + " lets no threads take turns (MPI_THREAD_SERIALIZED)");
  rank_ = library_->rank();
  size_ = library_->size();
}

template <class Call>
void ProcessGroup::call(const char* what, const Call& call) {
  const core::Waiting waiting;
  const std::lock_guard<std::mutex> lock(mutex_);
  const Watchdog::Watch watch(watchdog_, what);
  const int error = call();
  if (error != 0) fail(std::string("got an error from ") + what + ": " + library_->message(error));
}

template <class T>
void ProcessGroup::sum(T* values, std::size_t count) {
  constexpr std::size_t most = kMostBytes / sizeof(T);
  for (std::size_t done = 0; done < count; done += most) {
    const auto next = static_cast<int>(std::min(most, count - done));
    call("MPI_Allreduce", [&] { return library_->sum(values + done, next); });
  }
}

void ProcessGroup::allreduce(float* values, std::size_t count) { sum(values, count); }

void ProcessGroup::allreduce(double* values, std::size_t count) { sum(values, count); }

void ProcessGroup::broadcast(float* values, std::size_t count) { broadcast(values, count * sizeof(float), 0); }

void ProcessGroup::broadcast(void* bytes, std::size_t count, std::size_t root) {
  for (std::size_t done = 0; done < count; done += kMostBytes) {
    const auto next = static_cast<int>(std::min(kMostBytes, count - done));
    call("MPI_Bcast",
         [&] { return library_->broadcast(static_cast<char*>(bytes) + done, next, static_cast<int>(root)); });
  }
}

void ProcessGroup::barrier() {
  call("MPI_Barrier", [&] { return library_->barrier(); });
}

void ProcessGroup::finalize() {
  call("MPI_Finalize", [&] {
    finalize_asked_.set_value();
    finalized_.get_future().wait();
    return 0;
  });
}

void ProcessGroup::fail(const std::string& what) {
  std::fprintf(stderr, "gemsbok: process %zu of %zu on %s ends all: it %s.\n", rank_, size_, host_.c_str(),
               what.c_str());
  end(kFailed);
}

void ProcessGroup::end(int code) {
  std::this_thread::sleep_for(kPassedOn);
  std::thread([this, code] { library_->abort(code); }).detach();
  std::this_thread::sleep_for(kPatience);
  std::_Exit(code);
}

}  // namespace gemsbok::mpi
