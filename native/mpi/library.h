#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gemsbok::mpi {

// No library of MPI, or none that works: the message names what was tried.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The calls of an MPI library, whatever its binary interface; all are of the world of processes. What returns a number
// gives 0, or the library's code of an error.
class Library {
 public:
  virtual ~Library() = default;
  virtual const char* backend() const = 0;  // 'openmpi', 'mpich' or 'mpi-abi', the standard interface of MPI 5
  virtual std::string version() const = 0;
  virtual std::string message(int error) const = 0;
  // Whether threads may take turns afterwards. Nothing below may be called before it.
  virtual bool initialize() const = 0;
  virtual int finalize() const = 0;
  virtual std::size_t rank() const = 0;
  virtual std::size_t size() const = 0;
  // Among the processes on this machine.
  virtual std::size_t local_rank() const = 0;
  virtual std::size_t local_size() const = 0;
  virtual int sum(float* values, int count) const = 0;
  virtual int sum(double* values, int count) const = 0;
  virtual int broadcast(void* bytes, int count, int root) const = 0;
  virtual int barrier() const = 0;
  virtual void abort(int code) const = 0;
};

// The first of these libraries, names or paths, that is there.
std::unique_ptr<Library> open_library(const std::vector<std::string>& names);

}  // namespace gemsbok::mpi
