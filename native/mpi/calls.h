#pragma once

#include <utility>

#include "library.h"

namespace gemsbok::mpi {

// What differs between the binary interfaces of MPI, besides the type of the handles.
template <class Handle>
struct Constants {
  const char* backend;
  Handle world, float32, float64, byte, sum, errors_return, no_info;
  void* in_place;
  int serialized, shared_memory;
};

// `find` gives the address of a function, or throws.
template <class Handle>
class Calls final : public Library {
 public:
  template <class Find>
  Calls(const Constants<Handle>& constants, const Find& find) : own_(constants) {
    find("MPI_Init_thread", init_thread_);
    find("MPI_Finalize", finalize_);
    find("MPI_Get_library_version", get_library_version_);
    find("MPI_Error_string", error_string_);
    find("MPI_Comm_set_errhandler", set_errhandler_);
    find("MPI_Comm_rank", comm_rank_);
    find("MPI_Comm_size", comm_size_);
    find("MPI_Comm_split_type", split_type_);
    find("MPI_Allreduce", allreduce_);
    find("MPI_Bcast", bcast_);
    find("MPI_Barrier", barrier_);
    find("MPI_Abort", abort_);
  }

  const char* backend() const override { return own_.backend; }
  std::string version() const override {
    return text([&](char* to, int* length) { get_library_version_(to, length); });
  }
  std::string message(int error) const override {
    return text([&](char* to, int* length) { error_string_(error, to, length); });
  }
  bool initialize() const override {
    int provided = 0;
    init_thread_(nullptr, nullptr, own_.serialized, &provided);
    set_errhandler_(own_.world, own_.errors_return);
    split_type_(own_.world, own_.shared_memory, 0, own_.no_info, &local_);
    return provided >= own_.serialized;
  }
  int finalize() const override { return finalize_(); }
  std::size_t rank() const override { return number(comm_rank_, own_.world); }
  std::size_t size() const override { return number(comm_size_, own_.world); }
  std::size_t local_rank() const override { return number(comm_rank_, local_); }
  std::size_t local_size() const override { return number(comm_size_, local_); }
  int sum(float* values, int count) const override {
    return allreduce_(own_.in_place, values, count, own_.float32, own_.sum, own_.world);
  }
  int sum(double* values, int count) const override {
    return allreduce_(own_.in_place, values, count, own_.float64, own_.sum, own_.world);
  }
  int broadcast(void* bytes, int count, int root) const override {
    return bcast_(bytes, count, own_.byte, root, own_.world);
  }
  int barrier() const override { return barrier_(own_.world); }
  void abort(int code) const override { abort_(own_.world, code); }

 private:
  // Longer than any library's texts may be.
  static constexpr std::size_t kMostText = 16384;

  template <class Fill>
  static std::string text(const Fill& fill) {
    std::string found(kMostText, '\0');
    int length = 0;
    fill(found.data(), &length);
    found.resize(static_cast<std::size_t>(length));
    return found.substr(0, found.find('\0'));
  }

  static std::size_t number(int (*call)(Handle, int*), Handle communicator) {
    int value = 0;
    call(communicator, &value);
    return static_cast<std::size_t>(value);
  }

  Constants<Handle> own_;
  mutable Handle local_ = {};
  int (*init_thread_)(int*, char***, int, int*) = nullptr;
  int (*finalize_)() = nullptr;
  int (*get_library_version_)(char*, int*) = nullptr;
  int (*error_string_)(int, char*, int*) = nullptr;
  int (*set_errhandler_)(Handle, Handle) = nullptr;
  int (*comm_rank_)(Handle, int*) = nullptr;
  int (*comm_size_)(Handle, int*) = nullptr;
  int (*split_type_)(Handle, int, int, Handle, Handle*) = nullptr;
  int (*allreduce_)(const void*, void*, int, Handle, Handle, Handle) = nullptr;
  int (*bcast_)(void*, int, Handle, int, Handle) = nullptr;
  int (*barrier_)(Handle) = nullptr;
  int (*abort_)(Handle, int) = nullptr;
};

}  // namespace gemsbok::mpi
