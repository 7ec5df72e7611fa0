#include <vector>

#include "activation.h"

namespace gemsbok::core {

Registry<ActivationRun> activations() {
  // Never destroyed: threads may still run when static objects are.
  static const auto* all = [] {
    auto* entries = new std::vector<Entry<ActivationRun>>;
    for (const auto& part : {piecewise_activations(), row_activations(), sigmoid_activations(), smooth_activations()}) {
      entries->insert(entries->end(), part.begin(), part.end());
    }
    return entries;
  }();
  return {all->data(), all->size()};
}

}  // namespace gemsbok::core
