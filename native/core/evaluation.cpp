#include "evaluation.h"

#include <algorithm>
#include <shared_mutex>

namespace gemsbok::core {
namespace {

// Samples that are evaluated or predicted between two looks at `cancelled`, and under one lock.
constexpr std::size_t kChunkTiles = 64;
// Numbers of all tiles' sums that are held at once: a matrix of many classes would fill the memory.
constexpr std::size_t kMostSums = std::size_t{1} << 22;

// Room for one tile in each thread.
std::vector<Workspace> tile_workspaces(const Model& model, std::size_t samples, Workspace::Purpose purpose,
                                       std::size_t workers) {
  std::vector<Workspace> workspaces;
  for (std::size_t w = 0; w < workers; ++w) workspaces.emplace_back(model, samples, purpose);
  return workspaces;
}

}  // namespace

void check_inputs(const Model& model, const std::vector<Column>& inputs) {
  require(inputs.size() == model.graph().input_count(), Code::kShapeMismatch, "there is an array for each input");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    require(inputs[i].columns == model.input_size(i), Code::kShapeMismatch,
            "the samples do not have the size of the model's input");
  }
}

void require_loss(const Model& model) {
  require(!model.objective().is_scripted(), Code::kInvalidArg, "the caller computes the loss of this model");
}

Sums Sums::zero(const Model& model) {
  Sums sums;
  for (const auto& output : model.objective().outputs) {
    sums.output_losses.push_back(0);
    for (const auto& metric : output.metrics) sums.states.emplace_back(metric.metric.state_size(output.columns));
  }
  return sums;
}

void Sums::clear() {
  loss = 0;
  samples = 0;
  std::fill(output_losses.begin(), output_losses.end(), 0.0);
  for (auto& state : states) std::fill(state.begin(), state.end(), 0.0);
}

void Sums::add(const Batch& batch) {
  const auto size = static_cast<double>(batch.samples());
  loss += batch.loss() * size;
  samples += batch.samples();
  for (std::size_t o = 0; o < output_losses.size(); ++o) output_losses[o] += batch.output_loss(o) * size;
  batch.add_states(states);
}

Evaluation evaluate(const Model& model, const Dataset& data, std::size_t batch_size, const TeamPool::Lease& team,
                    const std::atomic<bool>& cancelled) {
  require(batch_size > 0, Code::kInvalidArg, "batches hold at least one sample");
  require_loss(model);
  check_inputs(model, data.inputs);
  batch_size = std::min(batch_size, std::max<std::size_t>(1, data.rows));
  Evaluation evaluation{Sums::zero(model)};
  const std::size_t tile = model.objective().whole_batch() ? batch_size : std::min(model.tile_samples(), batch_size);
  const std::size_t tiles_per_batch = (batch_size + tile - 1) / tile;
  // Batches run side by side, as they may be smaller than a tile; their sums are added in order.
  std::vector<Batch> batches;
  std::size_t sums = 1;
  for (const auto& state : evaluation.sums.states) sums += state.size();
  const std::size_t most_tiles = std::min(kChunkTiles, kMostSums / sums);
  for (std::size_t b = 0; b < std::max<std::size_t>(1, most_tiles / tiles_per_batch); ++b) {
    batches.emplace_back(model, batch_size, data);
  }
  const auto workspaces = tile_workspaces(model, tile, Workspace::Purpose::kEvaluate, team.threads());
  for (std::size_t start = 0; start < data.rows; start += batches.size() * batch_size) {
    if (cancelled.load(std::memory_order_relaxed)) {
      evaluation.cancelled = true;
      break;
    }
    const auto rows_of = [&](std::size_t b) {
      const std::size_t first = std::min(data.rows, start + b * batch_size);
      return BatchRows{nullptr, first, std::min(batch_size, data.rows - first)};
    };
    const std::shared_lock<FairSharedMutex> lock(model.mutex());
    team.run(batches.size(), [&](std::size_t b, std::size_t) { batches[b].load(model, data, rows_of(b)); });
    const double penalty = model.penalize(1, false, workspaces.front().penalty_scratch());
    team.run(batches.size() * tiles_per_batch, [&](std::size_t task, std::size_t worker) {
      Batch& batch = batches[task / tiles_per_batch];
      const std::size_t t = task % tiles_per_batch, first = t * tile;
      if (first >= batch.samples()) return;
      const std::size_t count = std::min(tile, batch.samples() - first);
      const Pass pass = {model, workspaces[worker], batch.samples(), {}, true};
      gather_inputs(pass, data, {nullptr, rows_of(task / tiles_per_batch).first + first, count}, 0, count);
      forward(pass, {0, model.graph().nodes().size(), 0, count}, batch.layer_penalty(first));
      batch.score(model, workspaces[worker], t, 0, false);
    });
    for (Batch& batch : batches) {
      batch.set_penalty(penalty);
      evaluation.sums.add(batch);
    }
  }
  return evaluation;
}

bool Predictor::predict(const std::vector<Column>& inputs, std::size_t rows, const std::vector<float*>& outputs,
                        const TeamPool::Lease& team, const std::atomic<bool>& cancelled) {
  const Model& model = *model_;
  check_inputs(model, inputs);
  Dataset data;
  data.rows = rows;
  data.inputs = inputs;
  const std::size_t tile = std::min(model.tile_samples(), std::max<std::size_t>(1, rows));
  auto workspaces = take(tile, std::min(team.threads(), (rows + tile - 1) / tile));
  const std::size_t chunk = kChunkTiles * tile;
  for (std::size_t start = 0; start < rows; start += chunk) {
    if (cancelled.load(std::memory_order_relaxed)) return false;
    const std::size_t end = std::min(rows, start + chunk);
    const std::shared_lock<FairSharedMutex> lock(model.mutex());
    team.run((end - start + tile - 1) / tile, [&](std::size_t task, std::size_t worker) {
      const std::size_t first = start + task * tile, count = std::min(tile, end - first);
      const Pass pass = {model, workspaces[worker], count, {}, false};
      gather_inputs(pass, data, {nullptr, first, count}, 0, count);
      forward(pass, {0, model.graph().nodes().size(), 0, count}, nullptr);
      for (std::size_t o = 0; o < outputs.size(); ++o) {
        const std::size_t width = model.output_size(o);
        std::copy_n(workspaces[worker].value(model.graph().outputs()[o]), count * width, outputs[o] + first * width);
      }
    });
  }
  give_back(std::move(workspaces));
  return true;
}

std::vector<Workspace> Predictor::take(std::size_t samples, std::size_t workers) {
  std::vector<Workspace> workspaces;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (spare_.has_value() && spare_->samples() >= samples) {
      workspaces.push_back(std::move(*spare_));
      spare_.reset();
    }
  }
  while (workspaces.size() < workers) workspaces.emplace_back(*model_, samples, Workspace::Purpose::kPredict);
  return workspaces;
}

void Predictor::give_back(std::vector<Workspace> workspaces) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!workspaces.empty()) spare_ = std::move(workspaces.front());
}

double batch_gradients(Model& model, const Dataset& data, std::uint64_t seed, float* gradients,
                       const TeamPool::Lease& team) {
  require(data.rows > 0, Code::kInvalidArg, "a batch needs samples");
  check_inputs(model, data.inputs);
  const Workspace workspace(model, data.rows, Workspace::Purpose::kTrain);
  Batch batch(model, data.rows, data);
  const std::lock_guard<FairSharedMutex> lock(model.mutex());
  require_loss(model);
  const std::vector<float> states = model.layer_states();
  const Pass pass = {model, workspace, data.rows, {true, seed, 0}, true};
  forward_backward(pass, data, {nullptr, 0, data.rows}, batch, team);
  model.set_layer_states(states);
  std::copy_n(model.gradients(), model.arena_size(), gradients);
  return batch.loss();
}

}  // namespace gemsbok::core
