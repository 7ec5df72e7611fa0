#include "batch.h"

#include <algorithm>
#include <numeric>

namespace gemsbok::core {
namespace {

double score_rows(const OutputObjective& objective, const LossTile<float>& tile) {
  objective.loss->f32.rows(objective.loss.parameters, tile);
  double sum = 0;
  for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
    sum += static_cast<double>(tile.values[r]) * static_cast<double>(tile.coefficients[r]);
  }
  return sum;
}

}  // namespace

Batch::Batch(const Model& model, std::size_t most_samples, const Dataset& data, double loss_scale)
    : tile_(model.objective().whole_batch() ? std::max<std::size_t>(1, most_samples) : model.tile_samples()),
      layer_tile_(model.tile_samples()),
      loss_scale_(loss_scale),
      weighted_(!data.weights.empty()) {
  const auto& outputs = model.objective().outputs;
  require(data.targets.size() == outputs.size(), Code::kShapeMismatch, "there is a target for each output");
  require(data.weights.empty() || data.weights.size() == outputs.size(), Code::kShapeMismatch,
          "there are weights for each output, or none");
  std::size_t sums = 0;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const OutputObjective& objective = outputs[o];
    const std::size_t columns = objective.columns, true_columns = objective.true_columns;
    require(columns > 0 && model.output_size(o) % columns == 0, Code::kShapeMismatch, "an output has no such rows");
    const std::size_t rows_per_sample = model.output_size(o) / columns, rows = most_samples * rows_per_sample;
    require(!objective.has_loss() || true_columns == objective.loss->true_columns(columns), Code::kShapeMismatch,
            "the loss does not take such targets");
    require((!objective.has_loss() && objective.metrics.empty()) ||
                data.targets[o].columns == rows_per_sample * true_columns,
            Code::kShapeMismatch, "the targets do not have the columns that the loss takes");
    loss_weights_.push_back(objective.loss_weight);
    sums_at_.push_back(sums++);
    for (const auto& [metric, weighted] : objective.metrics) {
      require(metric.takes(true_columns, columns), Code::kShapeMismatch,
              "the targets do not have the columns that a metric takes");
      sums += metric.state_size(columns);
    }
    const bool weighted = weighted_ && data.weights[o] != nullptr;
    targets_.push_back({rows_per_sample, columns, true_columns, data.targets[o].columns,
                        Buffer<float>(most_samples * data.targets[o].columns), Buffer<float>(weighted ? rows : 0),
                        Buffer<float>(rows), Buffer<float>(rows)});
  }
  sums_at_.push_back(sums);
  sums_ = Buffer<double>((most_samples + tile_ - 1) / tile_ * sums);
  penalties_ = Buffer<double>((most_samples + layer_tile_ - 1) / layer_tile_);
}

bool Batch::takes(const Dataset& data) const {
  if (data.targets.size() != targets_.size() || weighted_ == data.weights.empty()) return false;
  for (std::size_t o = 0; o < targets_.size(); ++o) {
    const bool weighted = weighted_ && data.weights[o] != nullptr;
    if (data.targets[o].columns != targets_[o].size || weighted != (targets_[o].row_weights.size() > 0)) return false;
  }
  return true;
}

void Batch::load(const Model& model, const Dataset& data, const BatchRows& rows) {
  samples_ = rows.samples;
  penalty_ = scripted_loss_ = 0;
  std::fill_n(penalties_.data(), (samples_ + layer_tile_ - 1) / layer_tile_, 0.0);
  for (std::size_t o = 0; o < targets_.size(); ++o) {
    const Target& target = targets_[o];
    const OutputObjective& objective = model.objective().outputs[o];
    gather(data.targets[o], rows.order, rows.first, samples_, target.y_true.data());
    const bool weighted = target.row_weights.size() > 0;
    for (std::size_t i = 0; weighted && i < samples_; ++i) {
      const std::size_t row = rows.order == nullptr ? rows.first + i : rows.order[rows.first + i];
      std::fill_n(target.row_weights.data() + i * target.rows_per_sample, target.rows_per_sample, data.weights[o][row]);
    }
    if (!objective.has_loss()) continue;
    loss_coefficients<float>(
        objective.loss, {target.y_true.data(), samples_ * target.rows_per_sample, target.true_columns},
        weighting(objective, target, weighted ? target.row_weights.data() : nullptr), target.coefficients.data());
  }
}

Weighting<float> Batch::weighting(const OutputObjective& objective, const Target& target, const float* weights) const {
  return {objective.reduction, weights, nullptr, static_cast<double>(target.rows_per_sample),
          (objective.loss_weight == 0 ? 1 : objective.loss_weight) * loss_scale_};
}

double Batch::score_whole(const OutputObjective& objective, const Target& target, const LossTile<float>& tile) const {
  const bool weighted = target.row_weights.size() > 0;
  const float* weights = weighted ? target.row_weights.data() : nullptr;
  LossCall<float> call = {tile.y_true, tile.y_pred, weighting(objective, target, weights), tile.values, tile.grad};
  // One value has one weight: the mean of the samples', or their sum.
  float weight = 0;
  if (objective.one_value) {
    const std::size_t rows = tile.y_pred.rows;
    if (weighted) weight = std::accumulate(weights, weights + rows, 0.0F);
    weight /= static_cast<float>(objective.reduction == Reduction::kSum ? target.rows_per_sample : rows);
    call.y_true = {tile.y_true.data, 1, tile.y_true.size()};
    call.y_pred = {tile.y_pred.data, 1, tile.y_pred.size()};
    call.weighting.weights = weighted ? &weight : nullptr;
    call.weighting.weight_repeat = 1;
  }
  return evaluate_whole(objective.loss, call, target.coefficients.data());
}

void Batch::score(const Model& model, const Workspace& workspace, std::size_t tile, std::size_t offset, bool training) {
  for (std::size_t o = 0; o < targets_.size(); ++o) score_output(model, workspace, o, tile, offset, training);
}

void Batch::score_output(const Model& model, const Workspace& workspace, std::size_t output, std::size_t tile,
                         std::size_t offset, bool training) {
  const Target& target = targets_[output];
  const OutputObjective& objective = model.objective().outputs[output];
  const std::size_t first = tile * tile_ * target.rows_per_sample;
  const std::size_t rows = std::min(tile_, samples_ - tile * tile_) * target.rows_per_sample;
  const std::size_t at = offset * target.rows_per_sample * target.columns;
  const Matrix<const float> y_true = {target.y_true.data() + first * target.true_columns, rows, target.true_columns};
  double* sum = sums(tile) + sums_at_[output];
  std::fill(sum, sums(tile) + sums_at_[output + 1], 0.0);
  if (objective.has_loss()) {
    const float* scores = workspace.value(scored_tensor(model, output)) + at;
    float* grad = training ? workspace.output_grad(output) : nullptr;
    const LossTile<float> loss_tile = {y_true,
                                       {scores, rows, target.columns},
                                       target.coefficients.data() + first,
                                       target.values.data() + first,
                                       grad == nullptr ? nullptr : grad + at};
    const bool whole = objective.one_value || objective.loss->whole_batch;
    *sum = whole ? score_whole(objective, target, loss_tile) : score_rows(objective, loss_tile);
  }
  // An output without loss or of weight zero still has gradients, for the penalties of layers before it.
  if (training && (!objective.trained || objective.loss_weight == 0)) {
    std::fill_n(workspace.output_grad(output) + at, rows * target.columns, 0.0F);
  }
  double* state = sum + 1;
  const float* outputs = workspace.value(model.graph().outputs()[output]) + at;
  for (const auto& [metric, weighted] : objective.metrics) {
    const bool counted = weighted && target.row_weights.size() > 0;
    const Matrix<const float> weights = {counted ? target.row_weights.data() + first : nullptr, rows, 1};
    metric.accumulate<float>({y_true, {outputs, rows, target.columns}, weights, target.rows_per_sample}, state);
    state += metric.state_size(target.columns);
  }
}

double Batch::output_loss(std::size_t output) const {
  double loss = 0;
  for (std::size_t t = 0; t < tiles(); ++t) loss += sums(t)[sums_at_[output]];
  const double weight = loss_weights_[output];
  return loss / loss_scale_ / (weight == 0 ? 1 : weight);
}

double Batch::loss() const {
  double loss = penalty_ + scripted_loss_;
  for (std::size_t o = 0; o < targets_.size(); ++o) loss += loss_weights_[o] * output_loss(o);
  for (std::size_t first = 0; first < samples_; first += layer_tile_) loss += *layer_penalty(first);
  return loss;
}

void Batch::add_states(std::vector<std::vector<double>>& states) const {
  for (std::size_t t = 0; t < tiles(); ++t) {
    auto state = states.begin();
    for (std::size_t o = 0; o < targets_.size(); ++o) {
      const double* sum = sums(t) + sums_at_[o] + 1;
      const double* end = sums(t) + sums_at_[o + 1];
      while (sum != end) {
        for (double& value : *state) value += *sum++;
        ++state;
      }
    }
  }
}

}  // namespace gemsbok::core
