#pragma once

#include "model.h"

namespace gemsbok::core {

// What layers make of a model's weights before a forward pass rather than for each tile of it: all that follows from
// weights and is kept (scales; packed kernels or other number formats, where a layer has them) is kept here.
class Prepared {
 public:
  // In training, layers that take the statistics of the batch need nothing.
  Prepared(const Model& model, bool training);

  // Makes it of these values, unless it is of them already; `ids` are theirs. Needs the model's lock, or values that
  // do not change.
  void update(const Model& model, const WeightIds& ids, const float* const* values);
  bool is_of(const WeightIds& ids) const { return ids_ == ids; }
  const float* of(std::size_t layer) const { return layers_[layer].data(); }

 private:
  std::vector<Buffer<float>> layers_;
  WeightIds ids_;
};

}  // namespace gemsbok::core
