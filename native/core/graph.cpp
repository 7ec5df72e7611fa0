#include "graph.h"

#include <algorithm>

namespace gemsbok::core {

Graph::Graph(const std::vector<std::size_t>& input_sizes, std::vector<std::unique_ptr<Layer>> layers,
             std::vector<Node> nodes, std::vector<std::size_t> outputs)
    : input_count_(input_sizes.size()),
      layers_(std::move(layers)),
      nodes_(std::move(nodes)),
      outputs_(std::move(outputs)) {
  for (const std::size_t size : input_sizes) {
    require(size > 0, Code::kInvalidArg, "a model's input is empty");
    tensors_.push_back({size, Tensor::kNone, {}});
  }
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    require(nodes_[n].layer < layers_.size(), Code::kOutOfRange, "a node uses a layer that is not there");
    const Layer& layer = layer_of(n);
    require(layer.inputs() > 0 && layer.inputs() <= Layer::kMostInputs, Code::kInvalidArg,
            "a layer has too many inputs");
    require(nodes_[n].inputs.size() == layer.inputs(), Code::kShapeMismatch, "a layer has another number of inputs");
    for (std::size_t i = 0; i < nodes_[n].inputs.size(); ++i) {
      const std::size_t tensor = nodes_[n].inputs[i];
      require(tensor < tensors_.size(), Code::kOutOfRange, "a node reads a tensor that comes later");
      require(tensors_[tensor].size == layer.input_size(i), Code::kShapeMismatch,
              "a layer does not take what the one before gives");
      tensors_[tensor].consumers.push_back(n);
    }
    tensors_.push_back({layer.output_size(), n, {}});
  }
  require(!outputs_.empty(), Code::kInvalidArg, "a model needs an output");
  for (const std::size_t tensor : outputs_) {
    require(tensor < tensors_.size(), Code::kOutOfRange, "an output is no tensor of the model");
  }
}

bool Graph::in_place(std::size_t node) const {
  const Tensor& input = tensors_[nodes_[node].inputs[0]];
  if (!layer_of(node).works_in_place() || input.consumers.size() != 1 || input.producer == Tensor::kNone) return false;
  const bool is_output = std::find(outputs_.begin(), outputs_.end(), nodes_[node].inputs[0]) != outputs_.end();
  return !is_output && !layer_of(input.producer).backward_reads_output();
}

bool Graph::reads_anywhere(std::size_t input) const {
  const auto& consumers = tensors_[input].consumers;
  return std::find(outputs_.begin(), outputs_.end(), input) == outputs_.end() &&
         std::all_of(consumers.begin(), consumers.end(),
                     [this](std::size_t n) { return layer_of(n).reads_anywhere(); });
}

std::vector<Segment> Graph::segments(const std::vector<bool>& frozen) const {
  // The first one gathers the inputs, tile by tile, and may have no nodes.
  std::vector<Segment> segments = {{0, 0, false}};
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const bool whole = layer_of(n).needs_whole_batch() && (frozen.empty() || !frozen[nodes_[n].layer]);
    if (whole || segments.back().whole_batch) {
      segments.push_back({n, n + 1, whole});
    } else {
      segments.back().last = n + 1;
    }
  }
  return segments;
}

std::size_t Graph::flops() const {
  std::size_t flops = 1;
  for (std::size_t n = 0; n < nodes_.size(); ++n) flops += layer_of(n).flops();
  return flops;
}

// In steps of what a small product does at once.
std::size_t Graph::tile_samples() const {
  constexpr std::size_t kStep = 8, kMost = 1024;
  std::size_t least = 1;
  for (std::size_t n = 0; n < nodes_.size(); ++n) least = std::max(least, layer_of(n).least_tile());
  return (std::clamp(kTileFlops / flops(), least, std::max(least, kMost)) + kStep - 1) / kStep * kStep;
}

}  // namespace gemsbok::core
