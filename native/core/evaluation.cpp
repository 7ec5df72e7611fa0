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

void check_inputs(const Model& model, const Column& x) {
  require(x.columns == model.input_size(), Code::kShapeMismatch,
          "the samples do not have the size of the model's input");
}

void require_loss(const Model& model) {
  require(model.objective().has_loss(), Code::kInvalidArg, "the caller computes the loss of this model");
}

Sums Sums::zero(const Model& model) {
  Sums sums;
  for (const auto& metric : model.objective().metrics) {
    sums.states.emplace_back(metric.metric.state_size(model.output_columns()));
  }
  return sums;
}

void Sums::clear() {
  loss = 0;
  samples = 0;
  for (auto& state : states) std::fill(state.begin(), state.end(), 0.0);
}

void Sums::add(const Batch& batch) {
  loss += batch.loss() * static_cast<double>(batch.samples());
  samples += batch.samples();
  batch.add_states(states);
}

Evaluation evaluate(const Model& model, const Dataset& data, std::size_t batch_size, const TeamPool::Lease& team,
                    const std::atomic<bool>& cancelled) {
  require(batch_size > 0, Code::kInvalidArg, "batches hold at least one sample");
  require_loss(model);
  check_inputs(model, data.inputs.at(0));
  batch_size = std::min(batch_size, std::max<std::size_t>(1, data.rows));
  Evaluation evaluation{Sums::zero(model)};
  const std::size_t tile = model.objective().whole_batch() ? batch_size : std::min(tile_samples(model), batch_size);
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
  const bool logits = model.objective().on_logits && model.objective().metrics.empty();
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
    team.run(batches.size() * tiles_per_batch, [&](std::size_t task, std::size_t worker) {
      Batch& batch = batches[task / tiles_per_batch];
      const std::size_t t = task % tiles_per_batch, first = t * tile;
      if (first >= batch.samples()) return;
      const std::size_t count = std::min(tile, batch.samples() - first);
      gather(data.inputs[0], nullptr, rows_of(task / tiles_per_batch).first + first, count, workspaces[worker].input());
      forward(model, workspaces[worker], 0, count, logits);
      batch.score(model, workspaces[worker], t, 0, false);
    });
    for (const Batch& batch : batches) evaluation.sums.add(batch);
  }
  return evaluation;
}

bool predict(const Model& model, const Column& x, std::size_t rows, float* out, const TeamPool::Lease& team,
             const std::atomic<bool>& cancelled) {
  check_inputs(model, x);
  const std::size_t tile = std::min(tile_samples(model), std::max<std::size_t>(1, rows));
  const auto workspaces =
      tile_workspaces(model, tile, Workspace::Purpose::kPredict, std::min(team.threads(), (rows + tile - 1) / tile));
  const std::size_t chunk = kChunkTiles * tile, width = model.output_size();
  for (std::size_t start = 0; start < rows; start += chunk) {
    if (cancelled.load(std::memory_order_relaxed)) return false;
    const std::size_t end = std::min(rows, start + chunk);
    const std::shared_lock<FairSharedMutex> lock(model.mutex());
    team.run((end - start + tile - 1) / tile, [&](std::size_t task, std::size_t worker) {
      const std::size_t first = start + task * tile, count = std::min(tile, end - first);
      gather(x, nullptr, first, count, workspaces[worker].input());
      forward(model, workspaces[worker], 0, count, false);
      std::copy_n(workspaces[worker].output(), count * width, out + first * width);
    });
  }
  return true;
}

double batch_gradients(Model& model, const Dataset& data, float* gradients, const TeamPool::Lease& team) {
  require(data.rows > 0, Code::kInvalidArg, "a batch needs samples");
  check_inputs(model, data.inputs.at(0));
  const Workspace workspace(model, data.rows, Workspace::Purpose::kTrain);
  Batch batch(model, data.rows, data);
  const std::lock_guard<FairSharedMutex> lock(model.mutex());
  require_loss(model);
  forward_backward(model, data, {nullptr, 0, data.rows}, workspace, batch, team);
  std::copy_n(model.gradients(), model.arena_size(), gradients);
  return batch.loss();
}

}  // namespace gemsbok::core
