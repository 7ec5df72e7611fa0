#include "activation.h"

namespace gemsbok::core {

Registry<ActivationRun> activations() {
  static const auto all =
      joined({piecewise_activations(), row_activations(), sigmoid_activations(), smooth_activations()});
  return all;
}

}  // namespace gemsbok::core
