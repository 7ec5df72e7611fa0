#pragma once

#include "layers/layer.h"

namespace gemsbok::core {

// A use of a layer: tensors in, one tensor out. Tensors are numbered: the graph's inputs first, then a node's output
// each.
struct Node {
  std::size_t layer;
  std::vector<std::size_t> inputs;
};

struct Tensor {
  std::size_t size;  // of one sample
  static constexpr std::size_t kNone = SIZE_MAX;
  std::size_t producer = kNone;        // node
  std::vector<std::size_t> consumers;  // nodes, one for each use
};

// Consecutive nodes that run tile by tile, or one node that needs the whole batch.
struct Segment {
  std::size_t first, last;  // nodes [first, last)
  bool whole_batch;
};

// Layers and how data flows through them, in topological order.
class Graph {
 public:
  static constexpr std::size_t kTileFlops = std::size_t{2} << 20;

  Graph(const std::vector<std::size_t>& input_sizes, std::vector<std::unique_ptr<Layer>> layers,
        std::vector<Node> nodes, std::vector<std::size_t> outputs);

  std::size_t input_count() const { return input_count_; }
  const std::vector<std::size_t>& outputs() const { return outputs_; }  // tensors
  const std::vector<Tensor>& tensors() const { return tensors_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }
  const Layer& layer_of(std::size_t node) const { return *layers_[nodes_[node].layer]; }
  std::size_t output_of(std::size_t node) const { return input_count_ + node; }
  // Whether a node may write its output over its first input.
  bool in_place(std::size_t node) const;
  // Whether a model's input may be read where the data lie, rather than gathered, outside training.
  bool reads_anywhere(std::size_t input) const;
  // Of training; a frozen layer works as in inference.
  std::vector<Segment> segments(const std::vector<bool>& frozen) const;
  // For one sample, forward.
  std::size_t flops() const;
  // Samples of a tile, some 20 microseconds of work: they follow from the shapes alone, so that sums do not depend on
  // the number of threads.
  std::size_t tile_samples() const;

 private:
  std::size_t input_count_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Node> nodes_;
  std::vector<std::size_t> outputs_;
  std::vector<Tensor> tensors_;
};

}  // namespace gemsbok::core
