#pragma once

#include "dataset.h"
#include "model.h"

namespace gemsbok::core {

// Samples of a tile: it follows from the model's shapes alone, so that sums do not depend on the number of threads.
std::size_t tile_samples(const Model& model);

// Which rows of a data set make a batch: order[first + i], or first + i where order is null.
struct BatchRows {
  const std::uint32_t* order;
  std::size_t first;
  std::size_t samples;
};

// Activations and gradients of up to `samples` samples, for all layers.
class Workspace {
 public:
  // Predicting needs outputs, evaluating the logits too where a loss reads them, training gradients and the
  // pre-activations that derivatives need.
  enum class Purpose { kPredict, kEvaluate, kTrain };
  Workspace(const Model& model, std::size_t samples, Purpose purpose);

  float* input() const { return input_.data(); }  // [samples, input_size]
  float* z(std::size_t layer) const { return z_[layer].size() == 0 ? y(layer) : z_[layer].data(); }
  float* y(std::size_t layer) const { return y_[layer].data(); }        // [samples, output_size of the layer]
  float* grad(std::size_t layer) const { return grad_[layer].data(); }  // [samples, output_size of the layer]
  // What the last layer gives; a model without layers gives its input.
  float* output() const { return y_.empty() ? input() : y_.back().data(); }
  std::size_t bytes() const;

 private:
  Buffer<float> input_;
  std::vector<Buffer<float>> z_, y_, grad_;
};

// Targets and weights of one batch, and what its tiles add up.
class Batch {
 public:
  // Gradients are those of the loss times `loss_scale`.
  Batch(const Model& model, std::size_t most_samples, const Dataset& data, double loss_scale = 1);

  // Whether it has the columns of these data, and weights where they have.
  bool takes(const Dataset& data) const;

  // Gathers targets and weights, and computes the rows' coefficients in the reduced loss.
  void load(const Model& model, const Dataset& data, const BatchRows& rows);

  std::size_t samples() const { return samples_; }
  // Tiles that are scored one by one; a loss or metric may need the whole batch in one.
  std::size_t tiles() const { return (samples_ + tile_ - 1) / tile_; }
  std::size_t tile() const { return tile_; }

  // Loss, metrics and, where `workspace` is for training, gradients of one tile whose outputs stand in the workspace
  // from sample `offset` on.
  void score(const Model& model, const Workspace& workspace, std::size_t tile, std::size_t offset, bool training);

  double loss() const;
  // The loss of the whole batch, where the caller computes it.
  void set_loss(double loss) { *sums(0) = loss; }
  const float* targets() const { return y_true_.data(); }  // [samples, target_size]
  std::size_t target_size() const { return target_size_; }
  // Adds the tiles' metric states, in order.
  void add_states(std::vector<std::vector<double>>& states) const;

 private:
  double* sums(std::size_t tile) const { return sums_.data() + tile * sums_per_tile_; }
  Weighting<float> weighting(const Objective& objective, const float* weights) const;
  double score_rows(const Objective& objective, const LossTile<float>& tile) const;
  double score_whole(const Objective& objective, const LossTile<float>& tile);

  std::size_t tile_, rows_per_sample_, columns_, true_columns_, target_size_, sums_per_tile_;
  std::size_t samples_ = 0;
  bool weighted_;
  double loss_scale_;
  Buffer<float> y_true_;                 // [samples, target_size]
  Buffer<float> row_weights_;            // [samples * rows_per_sample]
  Buffer<float> coefficients_, values_;  // [samples * rows_per_sample]
  Buffer<double> sums_;                  // [tiles, loss + metric states]
};

// Runs all layers over samples [first, first + count) of the workspace. `logits`: the last layer's pre-activations are
// enough.
void forward(const Model& model, const Workspace& workspace, std::size_t first, std::size_t count, bool logits);

// Forward, loss and backward over one batch; the gradients are left in the model's arena. Needs the model's lock.
void forward_backward(const Model& model, const Dataset& data, const BatchRows& rows, const Workspace& workspace,
                      Batch& batch, const TeamPool::Lease& team);

// The same in two parts, where the caller computes the loss between them: outputs and metrics, then the gradients that
// come of those of the outputs, [samples, output_size].
void forward_batch(const Model& model, const Dataset& data, const BatchRows& rows, const Workspace& workspace,
                   Batch& batch, const TeamPool::Lease& team);
void backward_batch(const Model& model, const float* grad_outputs, std::size_t samples, const Workspace& workspace,
                    const TeamPool::Lease& team);

}  // namespace gemsbok::core
