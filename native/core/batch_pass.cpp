#include "batch_pass.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

// Some 20 microseconds of work, in steps of the rows that a small product takes at once.
constexpr std::size_t kTileFlops = std::size_t{2} << 20;
constexpr std::size_t kTileStep = 8, kMostTile = 1024;

void backward(const Model& model, const Workspace& workspace, std::size_t first, std::size_t count) {
  const auto& layers = model.layers();
  for (std::size_t l = layers.size(); l-- > 0;) {
    const Layer& layer = *layers[l];
    const std::size_t in = layer.input_size(), out = layer.output_size();
    const float* x = l == 0 ? workspace.input() : workspace.y(l - 1);
    const LayerTile tile = {count, x + first * in, workspace.z(l) + first * out, workspace.y(l) + first * out};
    const LayerGradients gradients = {workspace.grad(l) + first * out,
                                      l == 0 ? nullptr : workspace.grad(l - 1) + first * in};
    const bool on_logits = l + 1 == layers.size() && model.objective().on_logits;
    layer.backward(model.layer_parameters(l), tile, gradients, !on_logits);
  }
}

// The gradients of all variables: each task owns its part of one layer's.
void gradient_phase(const Model& model, const Workspace& workspace, std::size_t samples, const TeamPool::Lease& team) {
  const auto& layers = model.layers();
  std::size_t tasks = 0;
  for (const auto& layer : layers) tasks += layer->gradient_tasks(samples);
  team.run(tasks, [&](std::size_t task, std::size_t) {
    std::size_t l = 0;
    while (task >= layers[l]->gradient_tasks(samples)) task -= layers[l++]->gradient_tasks(samples);
    const float* x = l == 0 ? workspace.input() : workspace.y(l - 1);
    layers[l]->gradient_task(task, samples, x, workspace.grad(l), model.layer_gradients(l));
  });
}

}  // namespace

std::size_t tile_samples(const Model& model) {
  std::size_t flops = 1, least = 1;
  for (const auto& layer : model.layers()) {
    flops += layer->flops();
    least = std::max(least, layer->least_tile());
  }
  return (std::clamp(kTileFlops / flops, least, std::max(least, kMostTile)) + kTileStep - 1) / kTileStep * kTileStep;
}

Workspace::Workspace(const Model& model, std::size_t samples, Purpose purpose) : input_(samples * model.input_size()) {
  const auto& layers = model.layers();
  for (const auto& layer : layers) {
    const std::size_t size = samples * layer->output_size();
    const bool logits = purpose != Purpose::kPredict && layer == layers.back() && model.objective().on_logits &&
                        !model.objective().metrics.empty();
    const bool keeps_z = logits || (purpose == Purpose::kTrain && layer->keeps_z());
    z_.emplace_back(keeps_z ? size : 0);
    y_.emplace_back(size);
    grad_.emplace_back(purpose == Purpose::kTrain ? size : 0);
  }
}

std::size_t Workspace::bytes() const {
  std::size_t size = input_.size();
  for (const auto* buffers : {&z_, &y_, &grad_}) {
    for (const auto& buffer : *buffers) size += buffer.size();
  }
  return size * sizeof(float);
}

Batch::Batch(const Model& model, std::size_t most_samples, const Dataset& data, double loss_scale)
    : tile_(model.objective().whole_batch() ? std::max<std::size_t>(1, most_samples) : tile_samples(model)),
      rows_per_sample_(model.output_size() / model.output_columns()),
      columns_(model.output_columns()),
      true_columns_(model.objective().true_columns),
      target_size_(data.targets.at(0).columns),
      sums_per_tile_(1),
      weighted_(data.weights != nullptr),
      loss_scale_(loss_scale) {
  const Objective& objective = model.objective();
  require(!objective.has_loss() || true_columns_ == objective.loss->true_columns(columns_), Code::kShapeMismatch,
          "the loss does not take such targets");
  require((!objective.has_loss() && objective.metrics.empty()) || target_size_ == rows_per_sample_ * true_columns_,
          Code::kShapeMismatch, "the targets do not have the columns that the loss takes");
  for (const auto& [metric, weighted] : objective.metrics) {
    require(metric.takes(true_columns_, columns_), Code::kShapeMismatch,
            "the targets do not have the columns that a metric takes");
    sums_per_tile_ += metric.state_size(columns_);
  }
  const std::size_t rows = most_samples * rows_per_sample_;
  y_true_ = Buffer<float>(most_samples * target_size_);
  row_weights_ = Buffer<float>(weighted_ ? rows : 0);
  coefficients_ = Buffer<float>(rows);
  values_ = Buffer<float>(rows);
  sums_ = Buffer<double>((most_samples + tile_ - 1) / tile_ * sums_per_tile_);
}

bool Batch::takes(const Dataset& data) const {
  return data.targets.size() == 1 && data.targets[0].columns == target_size_ && weighted_ == (data.weights != nullptr);
}

void Batch::load(const Model& model, const Dataset& data, const BatchRows& rows) {
  samples_ = rows.samples;
  gather(data.targets[0], rows.order, rows.first, samples_, y_true_.data());
  if (weighted_) {
    for (std::size_t i = 0; i < samples_; ++i) {
      const std::size_t row = rows.order == nullptr ? rows.first + i : rows.order[rows.first + i];
      std::fill_n(row_weights_.data() + i * rows_per_sample_, rows_per_sample_, data.weights[row]);
    }
  }
  const Objective& objective = model.objective();
  if (!objective.has_loss()) return;
  loss_coefficients<float>(objective.loss, {y_true_.data(), samples_ * rows_per_sample_, true_columns_},
                           weighting(objective, weighted_ ? row_weights_.data() : nullptr), coefficients_.data());
}

Weighting<float> Batch::weighting(const Objective& objective, const float* weights) const {
  return {objective.reduction, weights, nullptr, static_cast<double>(rows_per_sample_),
          objective.loss_weight * loss_scale_};
}

double Batch::score_rows(const Objective& objective, const LossTile<float>& tile) const {
  objective.loss->f32.rows(objective.loss.parameters, tile);
  double sum = 0;
  for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
    sum += static_cast<double>(tile.values[r]) * static_cast<double>(tile.coefficients[r]);
  }
  return sum;
}

double Batch::score_whole(const Objective& objective, const LossTile<float>& tile) {
  const float* weights = weighted_ ? row_weights_.data() : nullptr;
  LossCall<float> call = {tile.y_true, tile.y_pred, weighting(objective, weights), tile.values, tile.grad};
  // One value has one weight: the mean of the samples', or their sum.
  float weight = 0;
  if (objective.one_value) {
    const std::size_t rows = tile.y_pred.rows;
    for (std::size_t r = 0; weighted_ && r < rows; ++r) weight += weights[r];
    weight /= static_cast<float>(objective.reduction == Reduction::kSum ? rows_per_sample_ : rows);
    call.y_true = {tile.y_true.data, 1, tile.y_true.size()};
    call.y_pred = {tile.y_pred.data, 1, tile.y_pred.size()};
    call.weighting.weights = weighted_ ? &weight : nullptr;
    call.weighting.weight_repeat = 1;
  }
  return evaluate_whole(objective.loss, call, coefficients_.data());
}

void Batch::score(const Model& model, const Workspace& workspace, std::size_t tile, std::size_t offset, bool training) {
  const Objective& objective = model.objective();
  const std::size_t last = model.layers().size() - 1;  // read only where there is a layer
  const std::size_t first_row = tile * tile_ * rows_per_sample_;
  const std::size_t rows = std::min(tile_, samples_ - tile * tile_) * rows_per_sample_;
  const std::size_t at = offset * rows_per_sample_ * columns_;
  const float* outputs = workspace.output() + at;
  const float* scores = objective.on_logits ? workspace.z(last) + at : outputs;
  float* grad = training && !model.layers().empty() ? workspace.grad(last) + at : nullptr;
  const Matrix<const float> y_true = {y_true_.data() + first_row * true_columns_, rows, true_columns_};
  const LossTile<float> loss_tile = {
      y_true, {scores, rows, columns_}, coefficients_.data() + first_row, values_.data() + first_row, grad};

  double* sum = sums(tile);
  std::fill_n(sum, sums_per_tile_, 0.0);
  if (objective.has_loss()) {
    const bool whole = objective.one_value || objective.loss->whole_batch;
    sum[0] = whole ? score_whole(objective, loss_tile) : score_rows(objective, loss_tile);
  }
  double* state = sum + 1;
  for (const auto& [metric, weighted] : objective.metrics) {
    const float* weights = weighted && weighted_ ? row_weights_.data() + first_row : nullptr;
    metric.accumulate<float>({y_true, {outputs, rows, columns_}, {weights, rows, 1}, rows_per_sample_}, state);
    state += metric.state_size(columns_);
  }
}

double Batch::loss() const {
  double loss = 0;
  for (std::size_t tile = 0; tile < tiles(); ++tile) loss += *sums(tile);
  return loss / loss_scale_;
}

void Batch::add_states(std::vector<std::vector<double>>& states) const {
  for (std::size_t tile = 0; tile < tiles(); ++tile) {
    const double* sum = sums(tile) + 1;
    for (auto& state : states) {
      for (double& value : state) value += *sum++;
    }
  }
}

void forward(const Model& model, const Workspace& workspace, std::size_t first, std::size_t count, bool logits) {
  const float* x = workspace.input() + first * model.input_size();
  const auto& layers = model.layers();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::size_t out = layers[l]->output_size();
    const LayerTile tile = {count, x, workspace.z(l) + first * out, workspace.y(l) + first * out};
    layers[l]->forward(model.layer_parameters(l), tile, !(logits && l + 1 == layers.size()));
    x = tile.y;
  }
}

namespace {

// Consecutive samples of a batch.
struct Part {
  std::size_t first, count;
};

// each(tile, its samples), side by side
template <class Each>
void for_tiles(const Model& model, std::size_t samples, const TeamPool::Lease& team, const Each& each) {
  const std::size_t size = tile_samples(model);
  team.run((samples + size - 1) / size, [&](std::size_t tile, std::size_t) {
    const std::size_t first = tile * size;
    each(tile, Part{first, std::min(size, samples - first)});
  });
}

void gather_forward(const Model& model, const Dataset& data, const BatchRows& rows, const Workspace& workspace,
                    Part part) {
  gather(data.inputs[0], rows.order, rows.first + part.first, part.count,
         workspace.input() + part.first * model.input_size());
  const bool logits = model.objective().on_logits && model.objective().metrics.empty();
  forward(model, workspace, part.first, part.count, logits);
}

}  // namespace

void forward_backward(const Model& model, const Dataset& data, const BatchRows& rows, const Workspace& workspace,
                      Batch& batch, const TeamPool::Lease& team) {
  batch.load(model, data, rows);
  const bool whole = model.objective().whole_batch();
  for_tiles(model, rows.samples, team, [&](std::size_t tile, Part part) {
    gather_forward(model, data, rows, workspace, part);
    if (whole) return;
    batch.score(model, workspace, tile, part.first, true);
    backward(model, workspace, part.first, part.count);
  });
  if (whole) {
    batch.score(model, workspace, 0, 0, true);
    for_tiles(model, rows.samples, team,
              [&](std::size_t, Part part) { backward(model, workspace, part.first, part.count); });
  }
  gradient_phase(model, workspace, rows.samples, team);
}

void forward_batch(const Model& model, const Dataset& data, const BatchRows& rows, const Workspace& workspace,
                   Batch& batch, const TeamPool::Lease& team) {
  batch.load(model, data, rows);
  const bool whole = model.objective().whole_batch();
  for_tiles(model, rows.samples, team, [&](std::size_t tile, Part part) {
    gather_forward(model, data, rows, workspace, part);
    if (!whole) batch.score(model, workspace, tile, part.first, false);
  });
  if (whole) batch.score(model, workspace, 0, 0, false);
}

void backward_batch(const Model& model, const float* grad_outputs, std::size_t samples, const Workspace& workspace,
                    const TeamPool::Lease& team) {
  if (model.layers().empty()) return;
  const std::size_t size = model.output_size();
  float* grad = workspace.grad(model.layers().size() - 1);
  for_tiles(model, samples, team, [&](std::size_t, Part part) {
    std::copy_n(grad_outputs + part.first * size, part.count * size, grad + part.first * size);
    backward(model, workspace, part.first, part.count);
  });
  gradient_phase(model, workspace, samples, team);
}

}  // namespace gemsbok::core
