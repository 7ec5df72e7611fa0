#pragma once

#include <algorithm>

#include "communicator.h"
#include "dataset.h"
#include "workspace.h"

namespace gemsbok::core {

// Which rows of a data set make a batch: order[first + i], or first + i where order is null.
struct BatchRows {
  const std::uint32_t* order;
  std::size_t first;
  std::size_t samples;
};

// Targets and weights of one batch for one output.
struct Target {
  std::size_t rows_per_sample, columns, true_columns;
  std::size_t size;                    // of a sample's target, as the data have it
  Buffer<float> y_true;                // [samples, size]
  std::size_t weight_repeat;           // the rows that share a weight: those of a sample, or each its own
  Buffer<float> row_weights;           // [rows]; empty where all count alike
  Buffer<float> masked_weights;        // [rows]: row_weights by the output's mask; empty without either
  Buffer<float> coefficients, values;  // [rows]
  Buffer<float> scratch;               // [rows, scratch_per_row of the loss]
};

// Targets and weights of one batch, and what its tiles add up: for each output its loss and the states of its metrics,
// and the penalties of layers.
class Batch {
 public:
  // Gradients are those of the loss times `loss_scale`.
  Batch(const Model& model, std::size_t most_samples, const Dataset& data, double loss_scale = 1);

  // Gathers targets and weights.
  void load(const Dataset& data, const BatchRows& rows);
  // Counts what divides the losses; where the objective needs the whole batch, its masks stand in the workspace by
  // then.
  void count(const Model& model, const Workspace& workspace);
  // From the counts the rows' coefficients in the reduced losses, which `evaluate` needs.
  void weigh(const Model& model, const Workspace& workspace);
  // The counts, and what tiles add up, become those of the rows of all processes.
  void allreduce_counts(Communicator& communicator);
  // The number of processes that want to stop, and of those that failed, is summed with them.
  void allreduce_sums(Communicator& communicator, double& stops, double& failures);

  // Whether it has room for these data: the same columns, and weights where they have.
  bool takes(const Dataset& data) const;
  std::size_t samples() const { return samples_; }
  // As they are counted: of all processes.
  double counted_samples() const { return counted_samples_; }
  // Tiles that are evaluated one by one: a loss or metric may need the whole batch in one.
  std::size_t tile() const { return tile_; }
  std::size_t tiles() const { return std::max<std::size_t>(1, (samples_ + tile_ - 1) / tile_); }

  // What the layers add to the loss while they compute samples from `first` on is added here; each of the model's tiles
  // has a place of its own.
  double* layer_penalty(std::size_t first) const { return penalties_.data() + first / layer_tile_; }
  // Losses, metrics and, where `training`, gradients of one tile, whose values stand in the workspace from sample
  // `offset`.
  void evaluate(const Model& model, const Workspace& workspace, std::size_t tile, std::size_t offset, bool training);

  // What is part of the loss and of no tile: penalties of variables.
  void set_penalty(double penalty) { penalty_ = penalty; }
  double loss() const;
  // Without the output's own weight.
  double output_loss(std::size_t output) const;
  // The loss of an output, where the caller computes it.
  void set_loss(std::size_t output, double loss) { custom_losses_[output] = loss; }
  double loss_scale() const { return loss_scale_; }
  // Of all samples of the batch: `size` elements each.
  const Target& target(std::size_t output) const { return targets_[output]; }
  // Adds the tiles' metric states, in order.
  void add_states(std::vector<std::vector<double>>& states) const;

 private:
  std::size_t layer_tiles() const { return std::max<std::size_t>(1, (samples_ + layer_tile_ - 1) / layer_tile_); }
  double* sums(std::size_t tile) const { return sums_.data() + tile * sums_at_.back(); }
  // One output, and some rows of the batch.
  struct Part {
    const OutputObjective& objective;
    const Target& target;
    std::size_t first, rows;  // of the batch
    const float* mask;        // [rows]; null where all count

    Matrix<const float> y_true() const {
      return {target.y_true.data() + first * target.true_columns, rows, target.true_columns};
    }
  };
  // `rows` rows of an output from row `first` on, whose values stand in the workspace from row `at` on.
  Part part(const Model& model, const Workspace& workspace, std::size_t output, std::size_t first, std::size_t rows,
            std::size_t at) const;
  Part whole(const Model& model, const Workspace& workspace, std::size_t output) const;
  Weighting<float> weighting(const Part& part) const;
  double rows_loss(const Part& part, const LossTile<float>& tile) const;
  double whole_loss(const Part& part, const LossTile<float>& tile) const;
  void update_metrics(const Part& part, const LossTile<float>& tile, double* state) const;
  void evaluate_output(const Model& model, const Workspace& workspace, std::size_t output, std::size_t tile,
                       std::size_t offset, bool training);

  std::vector<Target> targets_;
  std::vector<LossCounts> counts_;    // of the outputs whose loss is a sum over rows
  std::vector<std::size_t> sums_at_;  // [outputs + 1], in a tile's sums: the loss, then the metrics' states
  std::size_t tile_, layer_tile_, samples_ = 0;
  double counted_samples_ = 0, loss_scale_, penalty_ = 0;
  std::vector<double> loss_weights_;  // of the outputs; one of weight zero counts as one
  std::vector<double> custom_losses_;
  Buffer<double> sums_;       // [tiles, sums_at_.back()]
  Buffer<double> penalties_;  // [tiles of the model]
  std::vector<double> tail_;  // what is sent
};

}  // namespace gemsbok::core
