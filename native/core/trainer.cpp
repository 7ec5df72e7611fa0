#include "trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <shared_mutex>

#include "rng.h"

namespace gemsbok::core {
namespace {

// Samples that are evaluated or predicted between two looks at `cancelled`, and under one lock.
constexpr std::size_t kChunkTiles = 64;
// Numbers of all tiles' sums that are held at once: a matrix of many classes would fill the memory.
constexpr std::size_t kMostSums = std::size_t{1} << 22;

bool all_finite(const float* values, std::size_t count) {
  return std::all_of(values, values + count, [](float value) { return std::isfinite(value); });
}

// Room for one tile in each thread.
std::vector<Workspace> tile_workspaces(const Model& model, std::size_t samples, Workspace::Purpose purpose,
                                       std::size_t workers) {
  std::vector<Workspace> workspaces;
  for (std::size_t w = 0; w < workers; ++w) workspaces.emplace_back(model, samples, purpose);
  return workspaces;
}

void check_inputs(const Model& model, const Column& x) {
  require(x.columns == model.input_size(), Code::kShapeMismatch,
          "the samples do not have the size of the model's input");
}

void require_loss(const Model& model) {
  require(model.objective().has_loss(), Code::kInvalidArg, "the caller computes the loss of this model");
}

}  // namespace

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

TrainingRun::TrainingRun(std::shared_ptr<Model> model, Dataset data, const RunOptions& options)
    : model_(std::move(model)),
      data_(std::move(data)),
      options_(options),
      generation_(model_->generation()),
      batch_size_(std::min(options.batch_size, data_.rows)),
      batches_(batch_size_ == 0 ? 0 : (data_.rows + batch_size_ - 1) / batch_size_),
      steps_per_epoch_(options.steps_per_epoch == 0 ? batches_ : std::min(options.steps_per_epoch, batches_)),
      epochs_per_pass_(steps_per_epoch_ == 0 ? 0 : (batches_ + steps_per_epoch_ - 1) / steps_per_epoch_),
      workspace_(*model_, batch_size_, options.trains ? Workspace::Purpose::kTrain : Workspace::Purpose::kEvaluate),
      batch_(*model_, batch_size_, data_, model_->objective().optimizer.options.loss_scale_factor),
      order_(options.shuffle ? data_.rows : 0) {
  require(batch_size_ > 0, Code::kInvalidArg, "a run needs samples, and batches of at least one");
  require(data_.rows <= UINT32_MAX, Code::kOutOfRange, "a run takes at most 2^32 - 1 samples");
  check_inputs(*model_, data_.inputs.at(0));
  now_.epoch = options.initial_epoch;
  now_.sums = Sums::zero(*model_);
  snapshot_ = now_;
}

// One call at a time.
class TrainingRun::Busy {
 public:
  explicit Busy(std::atomic<bool>& busy) : busy_(busy) {
    require(!busy_.exchange(true), Code::kModelBusy, "this run is under way");
  }
  ~Busy() { busy_.store(false); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::atomic<bool>& busy_;
};

// A pass is known by the epoch that begins it: a run that begins with a later pass shuffles as the earlier run would
// have.
std::size_t TrainingRun::pass_of(std::size_t epoch) const {
  return epoch - (epoch - options_.initial_epoch) % epochs_per_pass_;
}

std::size_t TrainingRun::first_batch(std::size_t epoch) const { return (epoch - pass_of(epoch)) * steps_per_epoch_; }

std::size_t TrainingRun::steps_in(std::size_t epoch) const {
  require(epoch >= options_.initial_epoch, Code::kOutOfRange, "a run has no epochs before its first");
  return std::min(steps_per_epoch_, batches_ - first_batch(epoch));
}

RunReport TrainingRun::run(std::size_t steps, const std::vector<float>& rates, const TeamPool::Lease& team,
                           const std::atomic<bool>& cancelled) {
  require(rates.size() == 1 || rates.size() == steps, Code::kInvalidArg,
          "a run takes one learning rate, or one a step");
  const Busy busy(busy_);
  RunReport report;
  while (report.steps < steps) {
    if (cancelled.load(std::memory_order_relaxed)) {
      report.cancelled = true;
      break;
    }
    begin_step();
    step(static_cast<double>(rates[rates.size() == 1 ? 0 : report.steps]), team);
    end_step(report);
  }
  report.progress = now_;
  report.non_finite = non_finite_;
  return report;
}

void TrainingRun::seek(Progress position, std::uint64_t seed) {
  const Busy busy(busy_);
  require(position.step <= steps_in(position.epoch), Code::kOutOfRange, "an epoch of this run has fewer steps");
  const auto same_size = [](const auto& a, const auto& b) { return a.size() == b.size(); };
  require(std::equal(now_.sums.states.begin(), now_.sums.states.end(), position.sums.states.begin(),
                     position.sums.states.end(), same_size),
          Code::kShapeMismatch, "the sums are of other metrics than the model's");
  options_.seed = seed;
  ordered_.reset();
  forwarded_ = false;
  now_ = std::move(position);
  publish();
}

void TrainingRun::begin_step() {
  if (now_.step == steps_in(now_.epoch)) {
    now_ = {now_.epoch + 1, 0, std::move(now_.sums)};
    now_.sums.clear();
  }
  if (const std::size_t pass = pass_of(now_.epoch); options_.shuffle && ordered_ != pass) shuffle(pass);
}

BatchRows TrainingRun::batch_rows() const {
  const std::size_t first = (first_batch(now_.epoch) + now_.step) * batch_size_;
  return {order_.empty() ? nullptr : order_.data(), first, std::min(batch_size_, data_.rows - first)};
}

void TrainingRun::require_same_model() const {
  require(generation_ == model_->generation(), Code::kModelBusy, "the model was compiled anew since this run was made");
}

void TrainingRun::step(double learning_rate, const TeamPool::Lease& team) {
  const std::lock_guard<FairSharedMutex> lock(model_->mutex());
  require_same_model();
  require_loss(*model_);
  require(options_.trains, Code::kInvalidArg, "this run does not train");
  forward_backward(*model_, data_, batch_rows(), workspace_, batch_, team);
  // Here, between backward and update, gradients, loss and counts could be summed over processes.
  if (!std::isfinite(batch_.loss()) && !non_finite_.has_value()) note_non_finite(batch_.samples());
  now_.sums.add(batch_);
  model_->update(learning_rate, team);
}

void TrainingRun::end_step(RunReport& report) {
  ++report.steps;
  ++now_.step;
  publish();
  if (now_.step == steps_in(now_.epoch)) report.epochs.push_back(now_.sums);
}

BatchOutputs TrainingRun::forward(const TeamPool::Lease& team) {
  const Busy busy(busy_);
  begin_step();
  const std::lock_guard<FairSharedMutex> lock(model_->mutex());
  require_same_model();
  const BatchRows rows = batch_rows();
  forward_batch(*model_, data_, rows, workspace_, batch_, team);
  forwarded_ = true;
  const float *outputs = workspace_.output(), *targets = batch_.targets();
  BatchOutputs result = {rows.samples,
                         {outputs, outputs + rows.samples * model_->output_size()},
                         {targets, targets + rows.samples * batch_.target_size()},
                         {}};
  for (std::size_t i = rows.first; data_.weights != nullptr && i < rows.first + rows.samples; ++i) {
    result.weights.push_back(data_.weights[rows.order == nullptr ? i : rows.order[i]]);
  }
  return result;
}

RunReport TrainingRun::finish(double loss, const std::vector<float>* grad_outputs, double learning_rate,
                              const TeamPool::Lease& team) {
  const Busy busy(busy_);
  const std::lock_guard<FairSharedMutex> lock(model_->mutex());
  require(forwarded_, Code::kInvalidArg, "no batch was run forward");
  require(options_.trains == (grad_outputs != nullptr), Code::kInvalidArg, "a run that trains takes gradients");
  batch_.set_loss(loss);
  if (!std::isfinite(loss) && !non_finite_.has_value()) note_non_finite(batch_.samples());
  if (grad_outputs != nullptr) {
    backward(*grad_outputs, team);
    model_->update(learning_rate, team);
  }
  forwarded_ = false;
  now_.sums.add(batch_);
  RunReport report;
  end_step(report);
  report.progress = now_;
  report.non_finite = non_finite_;
  return report;
}

void TrainingRun::gradients(const std::vector<float>& grad_outputs, float* gradients, const TeamPool::Lease& team) {
  const Busy busy(busy_);
  const std::lock_guard<FairSharedMutex> lock(model_->mutex());
  backward(grad_outputs, team);
  std::copy_n(model_->gradients(), model_->arena_size(), gradients);
}

void TrainingRun::backward(const std::vector<float>& grad_outputs, const TeamPool::Lease& team) {
  require_same_model();
  require(forwarded_ && options_.trains, Code::kInvalidArg, "no batch was run forward to train with");
  require(grad_outputs.size() == batch_.samples() * model_->output_size(), Code::kShapeMismatch,
          "the gradient does not have the size of the outputs");
  backward_batch(*model_, grad_outputs.data(), batch_.samples(), workspace_, team);
}

// Fisher and Yates, keyed by seed and pass alone.
void TrainingRun::shuffle(std::size_t pass) {
  std::iota(order_.begin(), order_.end(), 0U);
  const Philox generator(options_.seed, pass);
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[generator.below(i, i)]);
  ordered_ = pass;
}

void TrainingRun::note_non_finite(std::size_t samples) {
  non_finite_ = NonFinite{now_.epoch, now_.step, std::nullopt};
  const auto& layers = model_->layers();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (all_finite(workspace_.z(l), samples * layers[l]->output_size())) continue;
    non_finite_->layer = l;
    return;
  }
}

void TrainingRun::publish() {
  const std::lock_guard<std::mutex> lock(snapshot_mutex_);
  snapshot_ = now_;
}

Progress TrainingRun::progress() const {
  const std::lock_guard<std::mutex> lock(snapshot_mutex_);
  return snapshot_;
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
