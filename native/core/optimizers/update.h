#pragma once

#include "../buffer.h"
#include "../constraints.h"
#include "../parallel.h"
#include "state.h"

namespace gemsbok::core {

template <class T>
struct UpdateMemory {
  std::vector<T*> values;
  std::vector<T*> gradients;  // changed by each call; null where there is none
  std::vector<T*> state;      // one for each entry of `state_of`
};

// A variable as a matrix that is brought back into bounds after each update.
template <class T>
struct Constrained {
  Bound<ConstraintRun> constraint;
  Matrix<T> w;
};

// Updates variables by their gradients: training does it with the arena's, `apply` with arrays. All memory that a call
// needs is there before, and work is cut by shapes alone.
template <class T>
class Update {
 public:
  Update(Optimizer optimizer, const std::vector<UpdatedVariable>& variables, const UpdateMemory<T>& memory);

  // `calls`: those before this one.
  void run(double learning_rate, std::uint64_t calls, const TeamPool::Lease& team,
           const std::vector<Constrained<T>>& constraints = {});
  // With `use_ema`: the averages become the values.
  void overwrite_by_averages();
  std::size_t bytes() const;

 private:
  struct Item {
    OptimizerShape shape;
    double weight_decay;
    const Slots* slots;
    T *value, *gradient, *average, *accumulated;
    T* slot[kMostSlots];
    Buffer<T> scratch;
    double square_sum, clip_factor;
  };
  // Elements [first, first + size) of an item.
  struct Chunk {
    std::size_t item, first, size;
    double square_sum;
  };

  void begin();
  void collect(const Chunk& chunk, bool complete);
  void find_clip_factors(const TeamPool::Lease& team);
  void update(const Chunk& chunk, const OptimizerStep& step);
  void average(std::uint64_t iteration, const TeamPool::Lease& team);

  Optimizer optimizer_;
  std::vector<Item> items_;
  std::vector<Chunk> chunks_;   // of all elements
  std::vector<Chunk> updates_;  // what one task updates: chunks, or whole items
  T* shared_ = nullptr;
};

extern template class Update<float>;
extern template class Update<double>;

}  // namespace gemsbok::core
