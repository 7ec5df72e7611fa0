#pragma once

#include "identity.h"

namespace gemsbok::core {

// y = x. Adds (l1 sum |y| + l2 sum y^2) / batch to the loss where there is one to add to, and its gradient.
class ActivityRegularization final : public Identity {
 public:
  ActivityRegularization(std::size_t size, double l1, double l2) : Identity(size), l1_(l1), l2_(l2) {}
  // parameters: size, l1, l2
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  bool backward_reads_output() const override { return true; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  double l1_, l2_;
};

}  // namespace gemsbok::core
