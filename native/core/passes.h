#pragma once

#include "batch.h"
#include "communicator.h"
#include "indices.h"
#include "prepared.h"

namespace gemsbok::core {

// A batch on its way through the graph.
struct Pass {
  const Model& model;
  const Workspace& workspace;
  const Prepared& prepared;
  std::size_t batch;  // samples, of all processes
  StepKey key;
  bool evaluates;  // losses and metrics alone read the outputs: what they do not need is not computed
  double loss_scale = 1;
  float* const* variables = nullptr;     // the values, one after another; null: the model's as they are
  BadIndices* bad_indices = nullptr;     // what layers refuse is noted there
  Communicator* communicator = nullptr;  // null: no other process shares the batch
  // Of a tile that is not trained on: where its first row lies. Its inputs are gathered only where they must be.
  const Dataset* data = nullptr;
  std::size_t first_row = 0;

  // The input where it lies, or null where it is gathered.
  const float* input_in_data(std::size_t input) const {
    return data == nullptr || !model.graph().reads_anywhere(input) ? nullptr : data->inputs[input].floats(first_row);
  }

  float* const* values() const { return variables == nullptr ? model.values() : variables; }
  float* const* layer_variables(std::size_t layer) const { return values() + model.first_variable(layer); }
};

// Nodes [first_node, last_node) over `samples` samples, which stand in the workspace from sample `offset` on.
struct Range {
  std::size_t first_node, last_node;
  std::size_t offset, samples;
};
// Runs them; `rows` are those of the workspace's samples in the data.
void forward(const Pass& pass, const Range& range, const BatchRows& rows, double* penalty);

// Gathers the inputs of samples [offset, offset + samples) of a batch.
void gather_inputs(const Pass& pass, const Dataset& data, const BatchRows& rows, std::size_t offset,
                   std::size_t samples);

// Forward, losses and backward over one batch; the gradients are left in the model's arena. Needs the model's lock.
void forward_backward(const Pass& pass, const Dataset& data, const BatchRows& rows, Batch& batch,
                      const TeamPool::Lease& team);

// Gradients of the outputs whose loss the caller computes, in their order: [samples, output size] each.
using OutputGradients = std::vector<std::vector<float>>;

// The same in two parts, where the caller computes losses between them: outputs, metrics and all other losses, then the
// gradients that follow from the outputs'.
//
// Both stop at a layer that the caller computes, and return its segment; called again with it, they continue after it.
// At the end they return none.
using Stop = std::optional<std::size_t>;
Stop forward_batch(const Pass& pass, const Dataset& data, const BatchRows& rows, Batch& batch,
                   const TeamPool::Lease& team, Stop stopped = {});
Stop backward_batch(const Pass& pass, const OutputGradients& gradients, Batch& batch, const TeamPool::Lease& team,
                    Stop stopped = {});

// Such a layer's node, and what it is computed from.
struct CustomNode {
  std::size_t node, samples;
  std::vector<std::vector<float>> x;          // [inputs][samples, input_size]
  std::vector<std::vector<float>> variables;  // in the order of Layer::variables
  std::optional<std::vector<float>> grad;     // [samples, output_size]; where it is to go backward
};
CustomNode custom_node(const Pass& pass, std::size_t node, bool is_backward);
// Sets its output, or the gradients by its inputs, of which those that are not asked for may be empty.
void set_output(const Pass& pass, std::size_t node, const std::vector<float>& y);
void set_input_gradients(const Pass& pass, std::size_t node, const std::vector<std::vector<float>>& gradients);

// By the model's inputs, one after another, where the workspace has them: zeros where nothing flows back.
std::vector<float> input_gradients(const Pass& pass);

// Adds the penalties of the variables to the batch's loss and, where `training`, to the gradients. They depend on no
// row, hence are no part of the passes. `further`: those that the caller computes.
void penalize(const Pass& pass, Batch& batch, bool training, double further = 0);

// A model with layers that the caller computes is none for what does not stop at them.
void require_native(const Graph& graph);

}  // namespace gemsbok::core
