#include "trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "rng.h"

namespace gemsbok::core {
namespace {

bool all_finite(const float* values, std::size_t count) {
  return std::all_of(values, values + count, [](float value) { return std::isfinite(value); });
}

// What sees a batch as a whole would see the rows of one process.
bool can_share_batches(const Model& model) {
  const auto& segments = model.training_segments();
  const auto& outputs = model.objective().outputs;
  return std::all_of(segments.begin(), segments.end(),
                     [&](const Segment& segment) {
                       return !segment.whole_batch || model.graph().layer_of(segment.first).shares_batches();
                     }) &&
         std::all_of(outputs.begin(), outputs.end(), [](const OutputObjective& output) {
           return output.counts_rows() && !output.is_read() && (output.is_sum_of_rows() || !output.trained);
         });
}

}  // namespace

TrainingRun::TrainingRun(std::shared_ptr<Model> model, Dataset data, const RunOptions& options,
                         std::shared_ptr<const Version> version)
    : model_(std::move(model)),
      data_(std::move(data)),
      options_(options),
      generation_(model_->generation()),
      batch_size_(std::min(options.batch_size, data_.rows)),
      batches_(batch_size_ == 0 ? 0 : (data_.rows + batch_size_ - 1) / batch_size_),
      steps_per_epoch_(options.steps_per_epoch == 0 ? batches_ : std::min(options.steps_per_epoch, batches_)),
      epochs_per_pass_(steps_per_epoch_ == 0 ? 0 : (batches_ + steps_per_epoch_ - 1) / steps_per_epoch_),
      workspace_(*model_, batch_size_, purpose()),
      prepared_(*model_, options.trains && !options.explains),
      batch_(*model_, batch_size_, data_, loss_scale()),
      order_(options.shuffle ? data_.rows : 0),
      shares_(options.communicator != nullptr && options.trains && can_share_batches(*model_)),
      meetings_(options.communicator),
      reading_(std::move(version)) {
  require(batch_size_ > 0, Code::kInvalidArg, "a run needs samples, and batches of at least one");
  require(data_.rows <= UINT32_MAX, Code::kOutOfRange,
          "Expected at most 4294967295 samples for a run, received more. Train on parts of them.");
  check_inputs(*model_, data_.inputs);
  if (options_.trains) model_->require_writable();
  std::size_t states = 0;
  for (const Variable& variable : model_->variables()) states += variable.trainable ? 0 : variable.size;
  states_.reserve(states);
  now_.epoch = options.initial_epoch;
  now_.sums = Sums::zero(*model_);
  snapshot_ = now_;
}

Workspace::Purpose TrainingRun::purpose() const {
  if (options_.explains) return Workspace::Purpose::kExplain;
  return options_.trains ? Workspace::Purpose::kTrain : Workspace::Purpose::kEvaluate;
}

double TrainingRun::loss_scale() const {
  return options_.scales_loss ? model_->objective().optimizer.options.loss_scale_factor : 1;
}

// A pass is known by the epoch that begins it: a run that begins with a later pass shuffles as the earlier run would
// have.
std::size_t TrainingRun::pass_of(std::size_t epoch) const {
  return epoch - (epoch - options_.initial_epoch) % epochs_per_pass_;
}

std::size_t TrainingRun::first_batch(std::size_t epoch) const { return (epoch - pass_of(epoch)) * steps_per_epoch_; }

std::size_t TrainingRun::steps_in(std::size_t epoch) const {
  if (fed_) return SIZE_MAX;
  require(epoch >= options_.initial_epoch, Code::kOutOfRange, "a run has no epochs before its first");
  return std::min(steps_per_epoch_, batches_ - first_batch(epoch));
}

bool TrainingRun::run(RunReport& report, std::size_t steps, const std::vector<float>& rates, const Turn& turn) {
  require(rates.size() == 1 || rates.size() == steps, Code::kInvalidArg,
          "a run takes one learning rate, or one a step");
  const Busy busy(busy_);
  bool ended = false;
  while (!ended) {
    report.cancelled = is_stopped(report.steps, steps, turn);
    ended = report.cancelled || report.steps == steps;
    if (ended || turn.is_over()) break;
    begin_step();
    step(static_cast<double>(rates[rates.size() == 1 ? 0 : report.steps]), turn.team());
    end_step(report);
  }
  report.progress = now_;
  report.non_finite = non_finite_;
  return ended;
}

// Processes that train together stop as they agreed, which none of them can do by itself.
bool TrainingRun::is_stopped(std::size_t done, std::size_t steps, const Turn& turn) const {
  return options_.communicator == nullptr ? done < steps && turn.is_cancelled() : done > 0 && stop_agreed_;
}

void TrainingRun::feed(Dataset batch) {
  const Busy busy(busy_);
  require(!options_.shuffle, Code::kInvalidArg, "batches that are fed are not shuffled");
  require(shares_ || batch.rows > 0, Code::kInvalidArg, "a batch needs samples");
  check_inputs(*model_, batch.inputs);
  make_room(batch);
  share_ = {0, batch.rows};
  data_ = std::move(batch);
  fed_ = true;
  forwarded_ = false;
  forward_stop_.reset();
}

void TrainingRun::place(Share share) {
  const Busy busy(busy_);
  require(fed_ && share.samples > 0 && share.first <= share.samples && data_.rows <= share.samples - share.first,
          Code::kInvalidArg, "a batch needs samples");
  require(shares_ || data_.rows == share.samples, Code::kInvalidArg,
          "batches of a stream are shared where losses, metrics and layers allow it");
  share_ = share;
}

void TrainingRun::end_epoch() {
  const Busy busy(busy_);
  begin_epoch();
  publish();
}

void TrainingRun::begin_epoch() {
  now_ = {now_.epoch + 1, 0, std::move(now_.sums)};
  now_.sums.clear();
}

// Batches of a stream may grow, and may bring weights or not.
void TrainingRun::make_room(const Dataset& batch) {
  const bool larger = batch.rows > batch_size_;
  const std::size_t most = std::max(batch_size_, batch.rows);
  if (larger || !batch_.takes(batch)) {
    Batch next(*model_, most, batch, loss_scale());
    if (larger) workspace_ = Workspace(*model_, most, purpose());
    batch_ = std::move(next);
  }
  batch_size_ = most;
}

void TrainingRun::seek(Progress position, std::uint64_t seed) {
  const Busy busy(busy_);
  require(position.step <= steps_in(position.epoch), Code::kOutOfRange, "an epoch of this run has fewer steps");
  const auto same_size = [](const auto& a, const auto& b) { return a.size() == b.size(); };
  require(std::equal(now_.sums.states.begin(), now_.sums.states.end(), position.sums.states.begin(),
                     position.sums.states.end(), same_size) &&
              same_size(now_.sums.output_losses, position.sums.output_losses),
          Code::kShapeMismatch, "the sums are of other losses or metrics than the model's");
  options_.seed = seed;
  ordered_.reset();
  forwarded_ = false;
  forward_stop_.reset();
  now_ = std::move(position);
  publish();
}

void TrainingRun::begin_step() {
  if (now_.step == steps_in(now_.epoch)) begin_epoch();
  if (const std::size_t pass = pass_of(now_.epoch); options_.shuffle && ordered_ != pass) shuffle(pass);
}

BatchRows TrainingRun::whole_batch() const {
  if (fed_) return {nullptr, 0, share_.samples};
  const std::size_t first = (first_batch(now_.epoch) + now_.step) * batch_size_;
  return {order_.empty() ? nullptr : order_.data(), first, std::min(batch_size_, data_.rows - first)};
}

// The first row of a process in the step's batch, and the end of the one before it.
std::size_t TrainingRun::first_row(std::size_t rank) const {
  return fed_ ? share_.first : whole_batch().samples * rank / options_.communicator->size();
}

// Those of this process.
BatchRows TrainingRun::batch_rows() const {
  if (fed_) return {nullptr, 0, data_.rows};
  const BatchRows all = whole_batch();
  if (!shares_) return all;
  const std::size_t rank = options_.communicator->rank(), first = first_row(rank);
  return {all.order, all.first + first, first_row(rank + 1) - first};
}

// Of the weights as they are now. Epochs are far apart, so that no two steps draw the same numbers.
Pass TrainingRun::pass(BadIndices* bad) {
  Communicator* communicator = shares_ ? &meetings_ : nullptr;
  const std::uint64_t step = (static_cast<std::uint64_t>(now_.epoch) << 32) + now_.step;
  const std::uint64_t row = communicator == nullptr ? 0 : first_row(communicator->rank());
  float* const* variables = options_.trains ? model_->values() : reading_.values(*model_);
  prepared_.update(*model_, options_.trains ? model_->weight_ids() : reading_.weight_ids(), variables);
  return {*model_,
          workspace_,
          prepared_,
          whole_batch().samples,
          {options_.trains && !options_.explains, options_.seed, step, row},
          true,
          batch_.loss_scale(),
          variables,
          bad,
          communicator};
}

void TrainingRun::require_same_model() const { model_->require_generation(generation_); }

void TrainingRun::step(double learning_rate, const TeamPool::Lease& team) {
  const WriteLock lock(model_->segments());
  BadIndices bad;
  const std::exception_ptr failure = compute_gradients(bad, team);
  const bool failed = failure != nullptr || bad.any();
  sum_over_processes(failed);
  if (failed || failure_agreed_) {
    model_->set_layer_states(states_);
    if (failure != nullptr) std::rethrow_exception(failure);
    bad.raise(*model_, data_);
  }
  require_agreed();
  update(learning_rate, team);
}

// Of the rows of this process. Where it fails, as there is no memory for it, it still meets the others.
std::exception_ptr TrainingRun::compute_gradients(BadIndices& bad, const TeamPool::Lease& team) {
  model_->read_layer_states(states_);
  meetings_.begin();
  try {
    require_same_model();
    require_loss(*model_);
    require(options_.trains, Code::kInvalidArg, "this run does not train");
    model_->preserve();
    forward_backward(pass(&bad), data_, batch_rows(), batch_, team);
    return nullptr;
  } catch (...) {
    std::exception_ptr failure = std::current_exception();
    meetings_.begin_again();
    if (shares_) forward_backward(pass(&bad), data_, {nullptr, 0, 0}, batch_, team);
    return failure;
  }
}

// The one place between backward and update where processes that share the batch meet: what its rows add up to becomes
// the sum over all of them. What follows depends on no row, and each process does the same.
//
// Where a batch cannot be shared all have computed the same of it, and take the first one's gradients, so that nothing,
// such as custom code that draws random numbers, can part them. What fails in one process before this place fails in
// all: those where it did come here with the two numbers alone.
void TrainingRun::sum_over_processes(bool failed) {
  if (options_.communicator == nullptr || !options_.trains) return;
  Communicator& communicator = *options_.communicator;
  double stops = stop_asked_.exchange(false) ? 1 : 0, failures = failed ? 1 : 0;
  if (shares_) {
    communicator.allreduce(model_->gradients(), model_->arena_size());
    batch_.allreduce_sums(communicator, stops, failures);
  } else {
    std::array<double, 2> ends = {stops, failures};
    communicator.allreduce(ends.data(), ends.size());
    stops = ends[0];
    failures = ends[1];
    if (failures == 0) communicator.broadcast(model_->gradients(), model_->arena_size());
  }
  stop_agreed_ = stops > 0;
  failure_agreed_ = failures > 0;
}

void TrainingRun::require_agreed() const { require(!failure_agreed_, Code::kClosed, kFailedElsewhere); }

void TrainingRun::update(double learning_rate, const TeamPool::Lease& team) {
  penalize(pass(nullptr), batch_, true, part_.penalty);
  record_losses();
  model_->update(learning_rate, team);
}

void TrainingRun::record_losses() {
  if (!std::isfinite(batch_.loss()) && !non_finite_.has_value()) note_non_finite(batch_.samples());
  now_.sums.add(batch_);
}

void TrainingRun::end_step(RunReport& report) {
  ++report.steps;
  ++now_.step;
  publish();
  if (now_.step != steps_in(now_.epoch)) return;
  ++report.ended;
  now_.sums.append_to(report.epochs);
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
  const Graph& graph = model_->graph();
  for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
    if (!workspace_.is_live(n)) continue;  // what follows the logits may not have been computed
    const std::size_t tensor = graph.output_of(n);
    if (all_finite(workspace_.value(tensor), samples * graph.tensors()[tensor].size)) continue;
    non_finite_->node = n;
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

}  // namespace gemsbok::core
