#include "activation.h"

namespace gemsbok::core {

Activation::Activation(std::size_t size, std::size_t columns, Bound<ActivationRun> activation)
    : size_(size), columns_(columns), activation_(std::move(activation)) {
  require(columns > 0 && size % columns == 0 && columns % activation_->narrowing == 0, Code::kInvalidArg,
          "an activation's rows do not divide its input");
}

std::unique_ptr<Layer> Activation::make(const LayerParameters& parameters) {
  return std::make_unique<Activation>(parameters.size("size"), parameters.size("columns"),
                                      parameters.activation("activation"));
}

bool Activation::works_in_place() const {
  return !activation_->needs_input(activation_.parameters) && activation_->narrowing == 1;
}

void Activation::forward(const LayerTile& tile) const {
  activation_->functions.f32.forward(activation_.parameters, tile.samples * size_ / columns_, columns_, tile.x[0],
                                     tile.y);
}

void Activation::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  activation_->functions.f32.backward(activation_.parameters, tile.samples * size_ / columns_, columns_, tile.x[0],
                                      tile.y, gradients.grad, gradients.grad_x[0]);
}

}  // namespace gemsbok::core
