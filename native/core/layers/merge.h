#pragma once

#include "shapes.h"

namespace gemsbok::core {

// Layers that merge several inputs element by element, each broadcast to the common shape.
// parameters: inputs, shapes (a list of all inputs' shapes one after the other, padded to one rank by leading ones)
std::unique_ptr<Layer> make_add(const LayerParameters& parameters);
std::unique_ptr<Layer> make_average(const LayerParameters& parameters);
// The greatest, or least: equal ones share the gradient as if compared in order, two by two.
std::unique_ptr<Layer> make_maximum(const LayerParameters& parameters);
std::unique_ptr<Layer> make_minimum(const LayerParameters& parameters);
std::unique_ptr<Layer> make_multiply(const LayerParameters& parameters);
// The first less the second; takes two inputs.
std::unique_ptr<Layer> make_subtract(const LayerParameters& parameters);

}  // namespace gemsbok::core
