#pragma once

#include "../registry.h"

namespace gemsbok::core {

template <class T>
struct ActivationFunctions {
  // y = f(z), for z of [rows, columns]; y may be z.
  void (*forward)(ParameterView parameters, std::size_t rows, std::size_t columns, const T* z, T* y);
  // grad = upstream * f'(z), with y = f(z); grad may be upstream. z may be y where the input is not needed.
  void (*backward)(ParameterView parameters, std::size_t rows, std::size_t columns, const T* z, const T* y,
                   const T* upstream, T* grad);
};

struct ActivationRun {
  // Whether the derivative needs z, or y alone tells it.
  bool (*needs_input)(ParameterView parameters);
  PerType<ActivationFunctions> functions;
  // y and upstream have columns / narrowing columns. Where that is fewer, grad must not be upstream.
  std::size_t narrowing = 1;
};

Registry<ActivationRun> activations();

// Its parts, each compiled by itself.
Registry<ActivationRun> piecewise_activations();
Registry<ActivationRun> row_activations();
Registry<ActivationRun> sigmoid_activations();
Registry<ActivationRun> smooth_activations();

}  // namespace gemsbok::core
