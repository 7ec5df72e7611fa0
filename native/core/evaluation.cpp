#include "evaluation.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

// Tiles that are evaluated or predicted under one lock, at most.
constexpr std::size_t kMostTiles = 64;
// Numbers of all tiles' sums that are held at once: a matrix of many classes would fill the memory.
constexpr std::size_t kMostSums = std::size_t{1} << 22;

// Tiles whose work a thread does that has others to do: some 200 microseconds.
constexpr std::size_t kMostTilesNow = 8;
// Operations that take as long as to move a number.
constexpr std::size_t kMoveFlops = 16;

// The samples of so much work; layers such as Flatten move many numbers without an operation.
std::size_t most_samples_now(const Graph& graph) {
  std::size_t flops = graph.flops();
  for (const Tensor& tensor : graph.tensors()) flops += kMoveFlops * tensor.size;
  return Graph::kTileFlops * kMostTilesNow / flops;
}

// What is done between two looks at the clock takes about as long.
constexpr auto kShort = std::chrono::milliseconds(1), kLong = std::chrono::milliseconds(4);

}  // namespace

void check_inputs(const Model& model, const std::vector<Column>& inputs) {
  require(inputs.size() == model.graph().input_count(), Code::kShapeMismatch, "there is an array for each input");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    require(inputs[i].columns == model.input_size(i), Code::kShapeMismatch,
            "the samples do not have the size of the model's input");
  }
}

void require_loss(const Model& model) {
  require(!model.objective().has_custom_loss(), Code::kInvalidArg, "the caller computes the loss of this model");
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
  const double size = batch.counted_samples();
  loss += batch.loss() * size;
  samples += static_cast<std::size_t>(size);
  for (std::size_t o = 0; o < output_losses.size(); ++o) output_losses[o] += batch.output_loss(o) * size;
  batch.add_states(states);
}

void Sums::append_to(std::vector<double>& values) const {
  values.push_back(mean_loss());
  for (std::size_t o = 0; o < output_losses.size(); ++o) values.push_back(mean_loss(o));
  for (const auto& state : states) values.insert(values.end(), state.begin(), state.end());
}

std::size_t Pace::next(std::size_t least, std::size_t most) {
  const auto now = Clock::now();
  if (amount_ == 0) {
    amount_ = least;
  } else if (now - begin_ < kShort) {
    amount_ *= 2;
  } else if (now - begin_ > kLong) {
    amount_ /= 2;
  }
  amount_ = std::min(std::max(amount_, least), most);
  begin_ = now;
  return amount_;
}

Evaluation::Evaluation(const Model& model, Dataset data, std::size_t batch_size, std::shared_ptr<const Version> version)
    : model_(model),
      data_(std::move(data)),
      batch_size_(batch_size),
      reading_(std::move(version)),
      prepared_(model, false),
      generation_(model.generation()) {}

void Evaluation::begin() {
  require(batch_size_ > 0, Code::kInvalidArg, "batches hold at least one sample");
  require_loss(model_);
  require_native(model_.graph());
  check_inputs(model_, data_.inputs);
  sums_ = Sums::zero(model_);
  batch_size_ = std::min(batch_size_, std::max<std::size_t>(1, data_.rows));
  tile_ = model_.objective().whole_batch() ? batch_size_ : std::min(model_.tile_samples(), batch_size_);
  // Batches run side by side, as they may be smaller than a tile; their sums are added in order.
  std::size_t sums = 1;
  for (const auto& state : sums_.states) sums += state.size();
  const std::size_t most_tiles = std::min(kMostTiles, kMostSums / sums);
  const std::size_t tiles_per_batch = (batch_size_ + tile_ - 1) / tile_;
  for (std::size_t b = 0; b < std::max<std::size_t>(1, most_tiles / tiles_per_batch); ++b) {
    batches_.emplace_back(model_, batch_size_, data_);
  }
}

bool Evaluation::work(const Turn& turn) {
  cancelled_ = turn.is_cancelled();
  if (cancelled_) return true;
  {
    const ReadLock lock(model_.segments());
    model_.require_generation(generation_);
    if (batches_.empty()) begin();
  }
  while (workspaces_.size() < turn.team().threads()) {
    workspaces_.emplace_back(model_, tile_, Workspace::Purpose::kEvaluate);
  }
  while (done_ < data_.rows) {
    cancelled_ = turn.is_cancelled();
    if (cancelled_) return true;
    const std::size_t left = (data_.rows - done_ + batch_size_ - 1) / batch_size_;
    const std::size_t count = std::min(left, pace_.next(1, batches_.size()));
    evaluate_batches(count, turn.team());
    done_ += std::min(count * batch_size_, data_.rows - done_);
    if (done_ < data_.rows && turn.is_over()) return false;
  }
  return true;
}

void Evaluation::evaluate_batches(std::size_t count, const TeamPool::Lease& team) {
  const ReadLock lock(model_.segments());
  model_.require_generation(generation_);
  float* const* variables = reading_.values(model_);
  prepared_.update(model_, reading_.weight_ids(), variables);
  const std::size_t tiles_per_batch = (batch_size_ + tile_ - 1) / tile_;
  const auto rows_of = [&](std::size_t b) {
    const std::size_t first = std::min(data_.rows, done_ + b * batch_size_);
    return BatchRows{nullptr, first, std::min(batch_size_, data_.rows - first)};
  };
  BadIndices bad;
  const auto pass_of = [&](std::size_t worker, std::size_t samples) -> Pass {
    return {model_, workspaces_[worker], prepared_, samples, {}, true, 1, variables, &bad};
  };
  const auto weigh = [&](Batch& batch, std::size_t worker) {
    batch.count(model_, workspaces_[worker]);
    batch.weigh(model_, workspaces_[worker]);
  };
  const bool whole = model_.objective().whole_batch();
  team.run(count, [&](std::size_t b, std::size_t worker) {
    batches_[b].load(data_, rows_of(b));
    if (!whole) weigh(batches_[b], worker);
  });
  const double penalty = model_.penalize(variables, 1, false, workspaces_.front().penalty_scratch());
  team.run(count * tiles_per_batch, [&](std::size_t task, std::size_t worker) {
    Batch& batch = batches_[task / tiles_per_batch];
    const std::size_t t = task % tiles_per_batch, first = t * tile_;
    if (first >= batch.samples()) return;
    const std::size_t samples = std::min(tile_, batch.samples() - first);
    Pass pass = pass_of(worker, batch.samples());
    const BatchRows rows = {nullptr, rows_of(task / tiles_per_batch).first + first, samples};
    pass.data = &data_;
    pass.first_row = rows.first;
    gather_inputs(pass, data_, rows, 0, samples);
    forward(pass, {0, model_.graph().nodes().size(), 0, samples}, rows, batch.layer_penalty(first));
    if (whole) weigh(batch, worker);
    batch.evaluate(model_, workspaces_[worker], t, 0, false);
  });
  bad.raise(model_, data_);
  for (std::size_t b = 0; b < count; ++b) {
    batches_[b].set_penalty(penalty);
    sums_.add(batches_[b]);
  }
  if (done_ + count * batch_size_ >= data_.rows) reading_.reset();
}

Predictor::Predictor(std::shared_ptr<const Model> model)
    : model_(std::move(model)), most_now_(most_samples_now(model_->graph())) {}

std::size_t Predictor::check(const Prediction& prediction) const {
  check_inputs(*model_, prediction.inputs);
  require_native(model_->graph());
  return std::min(model_->tile_samples(), std::max<std::size_t>(1, prediction.rows));
}

bool Predictor::try_now(Prediction& prediction) {
  const std::size_t tile = check(prediction);
  if (prediction.rows > most_now_) return false;
  ReadLock lock(model_->segments(), std::try_to_lock);
  if (!lock.owns_lock()) return false;
  make_room(prediction.workspaces, tile, 1);
  predict_rows(prediction, prediction.rows, tile, {}, lock);
  give_back(std::move(prediction.workspaces));
  return true;
}

bool Predictor::work(Prediction& prediction, const Turn& turn) {
  prediction.cancelled = turn.is_cancelled();
  if (prediction.cancelled) return true;
  const std::size_t rows = prediction.rows, tile = check(prediction);
  const std::size_t workers = rows > tile ? turn.team().threads() : 1;  // any of them may take a tile
  make_room(prediction.workspaces, tile, workers);
  while (prediction.done < rows) {
    prediction.cancelled = turn.is_cancelled();
    if (prediction.cancelled) return true;
    const std::size_t tiles = prediction.pace.next(std::min(workers, kMostTiles), kMostTiles);
    ReadLock lock(model_->segments());
    predict_rows(prediction, std::min(rows, prediction.done + tiles * tile), tile, turn.team(), lock);
    lock.unlock();
    if (prediction.done < rows && turn.is_over()) return false;
  }
  give_back(std::move(prediction.workspaces));
  return true;
}

void Predictor::predict_rows(Prediction& prediction, std::size_t end, std::size_t tile, const TeamPool::Lease& team,
                             ReadLock& lock) {
  const Model& model = *model_;
  Dataset data;
  data.rows = prediction.rows;
  data.inputs = prediction.inputs;
  data.origin = prediction.origin;
  BadIndices bad;
  float* const* variables = prediction.reading.values(model);
  if (prediction.prepared == nullptr) prediction.prepared = prepare(prediction.reading.weight_ids(), variables);
  if (prediction.reading.is_own()) lock.unlock();
  team.run((end - prediction.done + tile - 1) / tile, [&](std::size_t task, std::size_t worker) {
    const std::size_t first = prediction.done + task * tile, count = std::min(tile, end - first);
    const Workspace& workspace = prediction.workspaces[worker];
    Pass pass = {model, workspace, *prediction.prepared, count, {}, false, 1, variables, &bad};
    pass.data = &data;
    pass.first_row = first;
    const BatchRows rows = {nullptr, first, count};
    gather_inputs(pass, data, rows, 0, count);
    forward(pass, {0, model.graph().nodes().size(), 0, count}, rows, nullptr);
    for (std::size_t o = 0; o < prediction.outputs.size(); ++o) {
      const std::size_t width = model.output_size(o);
      std::copy_n(workspace.value(model.graph().outputs()[o]), count * width, prediction.outputs[o] + first * width);
    }
  });
  bad.raise(model, data);
  prediction.done = end;
  if (end < prediction.rows) return;
  prediction.reading.reset();
  prediction.prepared.reset();
}

std::shared_ptr<const Prepared> Predictor::prepare(const WeightIds& ids, const float* const* values) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (prepared_ == nullptr || !prepared_->is_of(ids)) {
    const auto made = std::make_shared<Prepared>(*model_, false);
    made->update(*model_, ids, values);
    prepared_ = made;
  }
  return prepared_;
}

void Predictor::make_room(std::vector<Workspace>& workspaces, std::size_t samples, std::size_t workers) {
  if (workspaces.empty()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (spare_.has_value() && spare_->samples() >= samples) {
      workspaces.push_back(std::move(*spare_));
      spare_.reset();
    }
  }
  while (workspaces.size() < workers) workspaces.emplace_back(*model_, samples, Workspace::Purpose::kPredict);
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
  const WriteLock lock(model.segments());
  require_loss(model);
  const std::vector<float> states = model.layer_states();
  BadIndices bad;
  Prepared prepared(model, true);
  prepared.update(model, model.weight_ids(), model.values());
  const Pass pass = {model, workspace, prepared, data.rows, {true, seed, 0}, true, 1, nullptr, &bad};
  forward_backward(pass, data, {nullptr, 0, data.rows}, batch, team);
  penalize(pass, batch, true);
  model.set_layer_states(states);
  bad.raise(model, data);
  std::copy_n(model.gradients(), model.arena_size(), gradients);
  return batch.loss();
}

}  // namespace gemsbok::core
