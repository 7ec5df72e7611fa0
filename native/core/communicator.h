#pragma once

#include <cstddef>

namespace gemsbok::core {

// The processes that train one model together, each on its own rows of every batch.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual std::size_t rank() const = 0;
  virtual std::size_t size() const = 0;
  // Each number becomes its sum over all processes, with the same bits in all of them.
  virtual void allreduce(float* values, std::size_t count) = 0;
  virtual void allreduce(double* values, std::size_t count) = 0;
  // Each number becomes that of the first process.
  virtual void broadcast(float* values, std::size_t count) = 0;
};

}  // namespace gemsbok::core
