// What a pass hands over to the caller, and takes from it.
#include <algorithm>

#include "passes.h"

namespace gemsbok::core {

CustomNode custom_node(const Pass& pass, std::size_t node, bool is_backward) {
  const Graph& graph = pass.model.graph();
  const Layer& layer = graph.layer_of(node);
  CustomNode custom = {node, pass.batch, {}, {}, {}};
  const auto copy = [](const float* first, std::size_t size) { return std::vector<float>(first, first + size); };
  for (std::size_t i = 0; i < layer.inputs(); ++i) {
    custom.x.push_back(copy(pass.workspace.value(graph.nodes()[node].inputs[i]), pass.batch * layer.input_size(i)));
  }
  const std::size_t owner = graph.nodes()[node].layer;
  std::size_t v = 0;
  for (const auto& variable : pass.model.variables()) {
    if (variable.layer == owner) custom.variables.push_back(copy(pass.layer_variables(owner)[v++], variable.size));
  }
  if (is_backward) custom.grad = copy(pass.workspace.grad(graph.output_of(node)), pass.batch * layer.output_size());
  return custom;
}

void set_output(const Pass& pass, std::size_t node, const std::vector<float>& y) {
  const Graph& graph = pass.model.graph();
  require(y.size() == pass.batch * graph.layer_of(node).output_size(), Code::kShapeMismatch,
          "the output does not have the size of the layer's");
  std::copy(y.begin(), y.end(), pass.workspace.value(graph.output_of(node)));
}

void set_input_gradients(const Pass& pass, std::size_t node, const std::vector<std::vector<float>>& gradients) {
  const Layer& layer = pass.model.graph().layer_of(node);
  require(gradients.size() == layer.inputs(), Code::kShapeMismatch, "there is a gradient for each input");
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    float* to = pass.workspace.input_grad(node, i);
    if (to == nullptr) continue;
    require(gradients[i].size() == pass.batch * layer.input_size(i), Code::kShapeMismatch,
            "the gradient does not have the size of the input");
    std::copy(gradients[i].begin(), gradients[i].end(), to);
  }
}

std::vector<float> input_gradients(const Pass& pass) {
  std::vector<float> gradients;
  for (std::size_t i = 0; i < pass.model.graph().input_count(); ++i) {
    const std::size_t size = pass.batch * pass.model.input_size(i);
    const float* grad = pass.workspace.grad(i);
    if (grad == nullptr) {
      gradients.insert(gradients.end(), size, 0.0F);
      continue;
    }
    pass.workspace.join_grads(pass.model, i, 0, pass.batch);
    gradients.insert(gradients.end(), grad, grad + size);
  }
  return gradients;
}

}  // namespace gemsbok::core
