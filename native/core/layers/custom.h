#pragma once

#include "layer.h"

namespace gemsbok::core {

// A layer that the caller computes: a pass stops at it, returns the whole batch, and continues with the answer.
class Custom final : public Layer {
 public:
  Custom(std::vector<std::size_t> input_sizes, std::size_t size, std::vector<VariableShape> variables);
  // parameters: input_sizes, size, and of each variable whether it is trainable, its rank and its shape
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t inputs() const override { return input_sizes_.size(); }
  std::size_t input_size(std::size_t input) const override { return input_sizes_[input]; }
  std::size_t output_size() const override { return size_; }
  std::vector<VariableShape> variables() const override { return variables_; }
  std::size_t flops() const override { return size_; }
  bool needs_whole_batch() const override { return true; }

  // The passes call neither.
  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  std::vector<std::size_t> input_sizes_;
  std::size_t size_;
  std::vector<VariableShape> variables_;
};

// Asked at each step: few layers need the cast.
inline bool is_custom(const Layer& layer) {
  return layer.needs_whole_batch() && dynamic_cast<const Custom*>(&layer) != nullptr;
}

}  // namespace gemsbok::core
