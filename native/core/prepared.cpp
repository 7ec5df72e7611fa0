#include "prepared.h"

namespace gemsbok::core {

Prepared::Prepared(const Model& model, bool training) {
  for (std::size_t l = 0; l < model.graph().layers().size(); ++l) {
    const Layer& layer = *model.graph().layers()[l];
    const bool of_batch = training && layer.needs_whole_batch() && !model.is_frozen(l);
    layers_.emplace_back(of_batch ? 0 : layer.prepared_size());
  }
}

void Prepared::update(const Model& model, const WeightIds& ids, const float* const* values) {
  if (is_of(ids)) return;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (layers_[l].size() > 0) {
      model.graph().layers()[l]->prepare(values + model.first_variable(l), layers_[l].data());
    }
  }
  ids_ = ids;
}

}  // namespace gemsbok::core
