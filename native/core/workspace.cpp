#include "workspace.h"

#include <algorithm>

namespace gemsbok::core {

std::size_t loss_tensor(const Model& model, std::size_t output) {
  const std::size_t tensor = model.graph().outputs()[output];
  if (!model.objective().outputs[output].on_logits) return tensor;
  return model.graph().nodes()[model.graph().tensors()[tensor].producer].inputs[0];
}

Workspace::Workspace(const Model& model, std::size_t samples, Purpose purpose) : samples_(samples), purpose_(purpose) {
  place_values(model);
  const std::size_t nodes = model.graph().nodes().size();
  grads_.assign(model.graph().tensors().size(), nullptr);
  further_grads_.resize(grads_.size());
  output_grads_.assign(model.graph().outputs().size(), nullptr);
  live_.assign(nodes, false);
  for (std::size_t n = 0; n < nodes; ++n) {
    input_grads_.emplace_back(model.graph().nodes()[n].inputs.size(), nullptr);
    const std::size_t kept = has_gradients() ? model.graph().layer_of(n).kept_size() : 0;
    kept_.push_back(kept == 0 ? nullptr : room(kept));
    statistics_.emplace_back(purpose == Purpose::kTrain ? model.graph().layer_of(n).statistics_size() : 0);
  }
  if (purpose != Purpose::kPredict) penalty_scratch_ = Buffer<double>(model.penalty_scratch());
  if (has_gradients()) place_grads(model);
  count_uses(model);
}

float* Workspace::room(std::size_t size) {
  buffers_.emplace_back(samples_ * size);
  return buffers_.back().data();
}

void Workspace::place_values(const Model& model) {
  const Graph& graph = model.graph();
  std::vector<bool> read_by_loss(graph.tensors().size(), false);
  for (std::size_t o = 0; purpose_ != Purpose::kPredict && o < graph.outputs().size(); ++o) {
    read_by_loss[loss_tensor(model, o)] = true;
  }
  for (std::size_t i = 0; i < graph.input_count(); ++i) values_.push_back(room(graph.tensors()[i].size));
  for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
    const std::size_t input = graph.nodes()[n].inputs[0];
    in_place_.push_back(graph.in_place(n) && !read_by_loss[input]);
    values_.push_back(in_place_.back() ? values_[input] : room(graph.tensors()[graph.output_of(n)].size));
  }
}

// The first that writes to a tensor's gradient has the gradient itself, each further one room of its own.
float* Workspace::contribute(const Model& model, std::size_t tensor) {
  const std::size_t size = model.graph().tensors()[tensor].size;
  if (grads_[tensor] == nullptr) return grads_[tensor] = room(size);
  further_grads_[tensor].push_back(room(size));
  return further_grads_[tensor].back();
}

void Workspace::place_grads(const Model& model) {
  const Graph& graph = model.graph();
  for (std::size_t o = 0; o < graph.outputs().size(); ++o) {
    output_grads_[o] = contribute(model, loss_tensor(model, o));
  }
  gradient_scratch_.resize(graph.nodes().size());
  for (std::size_t n = graph.nodes().size(); n-- > 0;) {
    float* grad = grads_[graph.output_of(n)];
    if (grad == nullptr) continue;
    live_[n] = true;
    const Layer& layer = graph.layer_of(n);
    const std::size_t scratch = layer.gradient_scratch(samples_);
    if (scratch > 0) gradient_scratch_[n] = Buffer<std::size_t>(layer.gradient_tasks(samples_) * scratch);
    for (std::size_t i = 0; i < graph.nodes()[n].inputs.size(); ++i) {
      const std::size_t tensor = graph.nodes()[n].inputs[i];
      const bool is_input = graph.tensors()[tensor].producer == Tensor::kNone;
      if ((is_input && purpose_ != Purpose::kExplain) || !graph.layer_of(n).has_gradient(i)) continue;
      // What works in place is the only one that reads its first input.
      const bool in_place = in_place_[n] && i == 0;
      if (in_place) grads_[tensor] = grad;
      input_grads_[n][i] = in_place ? grad : contribute(model, tensor);
    }
  }
}

void Workspace::count_uses(const Model& model) {
  std::vector<std::size_t> uses(model.graph().layers().size(), 0);
  for (std::size_t n = 0; n < live_.size(); ++n) {
    uses_.push_back(live_[n] ? std::optional(uses[model.graph().nodes()[n].layer]++) : std::nullopt);
  }
  for (const std::size_t count : uses) most_uses_ = std::max(most_uses_, count);
}

void Workspace::join_grads(const Model& model, std::size_t tensor, std::size_t first, std::size_t count) const {
  const std::size_t size = model.graph().tensors()[tensor].size;
  float* sum = grads_[tensor] + first * size;
  for (const float* further : further_grads_[tensor]) {
    for (std::size_t i = 0; i < count * size; ++i) sum[i] += further[first * size + i];
  }
}

std::size_t Workspace::bytes() const {
  std::size_t size = 0;
  for (const auto& buffer : buffers_) size += buffer.size();
  return size * sizeof(float);
}

}  // namespace gemsbok::core
