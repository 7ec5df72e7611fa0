#include "batch.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace gemsbok::core {
namespace {

std::size_t size_of(const Model& model, std::size_t tensor) {
  require(tensor < model.graph().tensors().size(), Code::kOutOfRange, "a mask is no tensor of the model");
  return model.graph().tensors()[tensor].size;
}

// Whether the samples of an output differ in weight.
bool weighs(const Dataset& data, std::size_t output) {
  return output < data.weights.size() && data.weights[output].data != nullptr;
}

}  // namespace

Batch::Batch(const Model& model, std::size_t most_samples, const Dataset& data, double loss_scale)
    : tile_(model.objective().whole_batch() ? std::max<std::size_t>(1, most_samples) : model.tile_samples()),
      layer_tile_(model.tile_samples()),
      loss_scale_(loss_scale) {
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
    for (const auto& [metric, weighted, masked] : objective.metrics) {
      require(metric.takes(true_columns, columns), Code::kShapeMismatch,
              "the targets do not have the columns that a metric takes");
      sums += metric.state_size(columns);
    }
    const bool weighted = weighs(data, o), masked = objective.mask.has_value();
    const std::size_t weight_columns = weighted ? data.weights[o].columns : 1;
    require(weight_columns == 1 || weight_columns == rows_per_sample, Code::kShapeMismatch,
            "there is a weight for each sample, or for each row of its output");
    require((objective.mask.has_value() ? size_of(model, *objective.mask) : rows_per_sample) == rows_per_sample,
            Code::kShapeMismatch, "a mask has an element for each row of its output");
    targets_.push_back({rows_per_sample, columns, true_columns, data.targets[o].columns,
                        Buffer<float>(most_samples * data.targets[o].columns), rows_per_sample / weight_columns,
                        Buffer<float>(weighted ? rows : 0), weighted && masked ? Buffer<float>(rows) : Buffer<float>(),
                        Buffer<float>(rows), Buffer<float>(rows),
                        Buffer<float>(objective.has_loss() ? rows * objective.loss->scratch_per_row : 0)});
  }
  counts_.resize(outputs.size());
  custom_losses_.assign(outputs.size(), 0);
  sums_at_.push_back(sums);
  sums_ = Buffer<double>((most_samples + tile_ - 1) / tile_ * sums);
  tail_.reserve(std::max(sums + 3, 1 + 3 * outputs.size()));
  penalties_ = Buffer<double>((most_samples + layer_tile_ - 1) / layer_tile_);
}

bool Batch::takes(const Dataset& data) const {
  if (data.targets.size() != targets_.size()) return false;
  for (std::size_t o = 0; o < targets_.size(); ++o) {
    const Target& target = targets_[o];
    const bool weighted = weighs(data, o);
    if (data.targets[o].columns != target.size || weighted != (target.row_weights.size() > 0)) return false;
    if (weighted && data.weights[o].columns * target.weight_repeat != target.rows_per_sample) return false;
  }
  return true;
}

void Batch::load(const Dataset& data, const BatchRows& rows) {
  samples_ = rows.samples;
  penalty_ = 0;
  std::fill(custom_losses_.begin(), custom_losses_.end(), 0.0);
  std::fill_n(penalties_.data(), layer_tiles(), 0.0);
  if (samples_ == 0) std::fill_n(sums(0), sums_at_.back(), 0.0);
  for (std::size_t o = 0; o < targets_.size(); ++o) {
    const Target& target = targets_[o];
    gather(data.targets[o], rows.order, rows.first, samples_, target.y_true.data());
    if (target.row_weights.size() > 0) {
      float* weights = target.row_weights.data();
      gather(data.weights[o], rows.order, rows.first, samples_, weights);
      // In place, hence from the last sample on.
      for (std::size_t i = samples_; target.weight_repeat > 1 && i-- > 0;) {
        const float weight = weights[i];
        std::fill_n(weights + i * target.weight_repeat, target.weight_repeat, weight);
      }
    }
  }
}

void Batch::count(const Model& model, const Workspace& workspace) {
  counted_samples_ = static_cast<double>(samples_);
  for (std::size_t o = 0; o < targets_.size(); ++o) {
    const Part all = whole(model, workspace, o);
    if (!all.objective.is_sum_of_rows()) continue;
    counts_[o] = count_rows(all.objective.loss, all.y_true(), weighting(all));
  }
}

void Batch::weigh(const Model& model, const Workspace& workspace) {
  for (std::size_t o = 0; o < targets_.size(); ++o) {
    const Part all = whole(model, workspace, o);
    if (!all.objective.is_sum_of_rows()) continue;
    loss_coefficients(all.objective.loss, all.y_true(), weighting(all), counts_[o], all.target.coefficients.data());
  }
}

void Batch::allreduce_counts(Communicator& communicator) {
  tail_ = {counted_samples_};
  for (const auto& counts : counts_) tail_.insert(tail_.end(), {counts.rows, counts.kept, counts.weights});
  communicator.allreduce(tail_.data(), tail_.size());
  counted_samples_ = tail_.front();
  auto next = tail_.begin();
  for (auto& counts : counts_) counts = {*++next, *++next, *++next};
}

// The first tile takes the sums of all.
void Batch::allreduce_sums(Communicator& communicator, double& stops, double& failures) {
  const std::size_t size = sums_at_.back();
  tail_.assign(size + 3, 0);
  for (std::size_t t = 0; t < tiles(); ++t) {
    std::transform(sums(t), sums(t) + size, tail_.begin(), tail_.begin(), std::plus());
    std::fill_n(sums(t), size, 0.0);
  }
  tail_[size] = std::accumulate(penalties_.data(), penalties_.data() + layer_tiles(), 0.0);
  tail_[size + 1] = stops;
  tail_[size + 2] = failures;
  std::fill_n(penalties_.data(), layer_tiles(), 0.0);
  communicator.allreduce(tail_.data(), tail_.size());
  std::copy_n(tail_.begin(), size, sums(0));
  *penalties_.data() = tail_[size];
  stops = tail_[size + 1];
  failures = tail_[size + 2];
}

Batch::Part Batch::part(const Model& model, const Workspace& workspace, std::size_t output, std::size_t first,
                        std::size_t rows, std::size_t at) const {
  const OutputObjective& objective = model.objective().outputs[output];
  const float* mask = objective.mask.has_value() ? workspace.value(*objective.mask) + at : nullptr;
  return {objective, targets_[output], first, rows, mask};
}

Batch::Part Batch::whole(const Model& model, const Workspace& workspace, std::size_t output) const {
  return part(model, workspace, output, 0, samples_ * targets_[output].rows_per_sample, 0);
}

Weighting<float> Batch::weighting(const Part& part) const {
  const auto& [objective, target, first, rows, mask] = part;
  const float* weights = target.row_weights.size() > 0 ? target.row_weights.data() + first : nullptr;
  return {objective.reduction,
          weights,
          nullptr,
          static_cast<double>(target.weight_repeat),
          (objective.loss_weight == 0 ? 1 : objective.loss_weight) * loss_scale_,
          mask};
}

double Batch::rows_loss(const Part& part, const LossTile<float>& tile) const {
  const OutputObjective& objective = part.objective;
  objective.loss->functions.f32.rows(objective.loss.parameters, tile);
  double sum = 0;
  for (std::size_t r = 0; r < part.rows; ++r) {
    sum += static_cast<double>(tile.values[r]) * static_cast<double>(tile.coefficients[r]);
  }
  return sum;
}

double Batch::whole_loss(const Part& part, const LossTile<float>& tile) const {
  const OutputObjective& objective = part.objective;
  float* coefficients = part.target.coefficients.data();
  LossCall<float> call = {tile.y_true, tile.y_pred, weighting(part), tile.values, tile.grad};
  if (objective.one_value) {
    double factor = call.weighting.scale;
    if (call.weighting.weights != nullptr || part.mask != nullptr) {
      // One value weighs as much as all rows together; weights without a mask are of samples, not of rows.
      const LossCounts counts = count_rows(objective.loss, tile.y_true, call.weighting);
      loss_coefficients(objective.loss, tile.y_true, call.weighting, counts, coefficients);
      factor = std::accumulate(coefficients, coefficients + part.rows, 0.0);
      const bool by_sample = part.mask == nullptr && objective.reduction != Reduction::kSumOverBatchSize;
      if (by_sample) factor /= call.weighting.weight_repeat;
    }
    call.y_true = {tile.y_true.data, 1, tile.y_true.size()};
    call.y_pred = {tile.y_pred.data, 1, tile.y_pred.size()};
    call.weighting = {Reduction::kSum, nullptr, nullptr, 1, factor};
  }
  return evaluate_whole(objective.loss, call, coefficients, part.target.scratch.data());
}

void Batch::update_metrics(const Part& part, const LossTile<float>& tile, double* state) const {
  const Target& target = part.target;
  const float* weights = target.row_weights.size() > 0 ? target.row_weights.data() + part.first : nullptr;
  const bool both = target.masked_weights.size() > 0;
  for (std::size_t r = 0; both && r < part.rows; ++r) target.masked_weights.data()[r] = weights[r] * part.mask[r];
  for (const auto& [metric, weighted, masked] : part.objective.metrics) {
    const float* counts = masked ? part.mask : nullptr;
    if (weighted && weights != nullptr) counts = counts == nullptr ? weights : target.masked_weights.data();
    metric.accumulate<float>({tile.y_true, tile.y_pred, {counts, part.rows, 1}, target.rows_per_sample}, state);
    state += metric.state_size(target.columns);
  }
}

void Batch::evaluate(const Model& model, const Workspace& workspace, std::size_t tile, std::size_t offset,
                     bool training) {
  for (std::size_t o = 0; o < targets_.size(); ++o) evaluate_output(model, workspace, o, tile, offset, training);
}

void Batch::evaluate_output(const Model& model, const Workspace& workspace, std::size_t output, std::size_t tile,
                            std::size_t offset, bool training) {
  const Target& target = targets_[output];
  const OutputObjective& objective = model.objective().outputs[output];
  const std::size_t first = tile * tile_ * target.rows_per_sample;
  const std::size_t rows = std::min(tile_, samples_ - tile * tile_) * target.rows_per_sample;
  const std::size_t row = offset * target.rows_per_sample, at = row * target.columns;
  const Part part = this->part(model, workspace, output, first, rows, row);
  LossTile<float> loss_tile = {part.y_true(),
                               {workspace.value(loss_tensor(model, output)) + at, rows, target.columns},
                               target.coefficients.data() + first,
                               target.values.data() + first,
                               training ? workspace.output_grad(output) + at : nullptr};
  double* sum = sums(tile) + sums_at_[output];
  std::fill(sum, sums(tile) + sums_at_[output + 1], 0.0);
  if (objective.has_loss())
    *sum = objective.is_sum_of_rows() ? rows_loss(part, loss_tile) : whole_loss(part, loss_tile);
  // An output without loss or of weight zero still has gradients, for the penalties of layers before it.
  if (training && (!objective.trained || objective.loss_weight == 0)) {
    std::fill_n(loss_tile.grad, rows * target.columns, 0.0F);
  }
  loss_tile.y_pred.data = workspace.value(model.graph().outputs()[output]) + at;
  update_metrics(part, loss_tile, sum + 1);
}

double Batch::output_loss(std::size_t output) const {
  double loss = 0;
  for (std::size_t t = 0; t < tiles(); ++t) loss += sums(t)[sums_at_[output]];
  const double weight = loss_weights_[output];
  return loss / loss_scale_ / (weight == 0 ? 1 : weight) + custom_losses_[output];
}

double Batch::loss() const {
  double loss = penalty_;
  for (std::size_t o = 0; o < targets_.size(); ++o) loss += loss_weights_[o] * output_loss(o);
  return std::accumulate(penalties_.data(), penalties_.data() + layer_tiles(), loss);
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
