// Steps in two parts, between which the caller computes losses, metrics or penalties, and layers in both.
#include <algorithm>
#include <functional>

#include "trainer.h"

namespace gemsbok::core {

std::vector<std::size_t> TrainingRun::custom_loss_outputs() const {
  const auto& outputs = model_->objective().outputs;
  std::vector<std::size_t> custom;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (outputs[o].has_custom_loss()) custom.push_back(o);
  }
  return custom;
}

BatchOutput TrainingRun::batch_output(std::size_t output) const {
  const BatchRows rows = batch_rows();
  const Target& target = batch_.target(output);
  const float* outputs = workspace_.value(model_->graph().outputs()[output]);
  const float* targets = target.y_true.data();
  BatchOutput result = {{outputs, outputs + rows.samples * model_->output_size(output)},
                        {targets, targets + rows.samples * target.size},
                        {},
                        {}};
  if (target.row_weights.size() > 0) {
    const Column& weights = data_.weights[output];
    result.weights.resize(rows.samples * weights.columns);
    gather(weights, rows.order, rows.first, rows.samples, result.weights.data());
  }
  if (const auto mask = model_->objective().outputs[output].mask; mask.has_value()) {
    const float* values = workspace_.value(*mask);
    result.mask.assign(values, values + rows.samples * target.rows_per_sample);
  }
  return result;
}

BatchOutputs TrainingRun::forward(const TeamPool::Lease& team, const std::vector<float>* output) {
  const Busy busy(busy_);
  if (output == nullptr) begin_step();
  const WriteLock lock(model_->segments());
  require_same_model();
  const BatchRows rows = batch_rows();
  BadIndices bad;
  const Pass now = pass(&bad);
  if (output != nullptr) set_output(now, node_of(forward_stop_), *output);
  const std::vector<float> states = model_->layer_states();
  if (output != nullptr) model_->set_layer_states(states_);
  const Stop stopped = output == nullptr ? Stop() : forward_stop_;
  forward_stop_ = forward_batch(now, data_, rows, batch_, team, stopped);
  states_ = model_->layer_states();
  model_->set_layer_states(states);
  bad.raise(*model_, data_);
  BatchOutputs result = {rows.samples, {}, {}};
  forwarded_ = !forward_stop_.has_value();
  if (output == nullptr) updates_ = model_->updates();
  if (!forwarded_) {
    result.custom = custom_node(now, node_of(forward_stop_), false);
    return result;
  }
  const auto& outputs = model_->objective().outputs;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (outputs[o].is_read()) result.outputs.push_back(batch_output(o));
  }
  return result;
}

std::size_t TrainingRun::node_of(Stop stopped) const {
  require(stopped.has_value(), Code::kInvalidArg, "the run has stopped at no layer");
  return model_->training_segments()[*stopped].first;
}

RunReport TrainingRun::finish(CallersPart part, const TeamPool::Lease& team) {
  const Busy busy(busy_);
  const WriteLock lock(model_->segments());
  require_same_model();
  require(forwarded_, Code::kInvalidArg, "no batch was run forward");
  require(options_.trains == part.grad_outputs.has_value(), Code::kInvalidArg, "a run that trains takes gradients");
  set_losses(part.losses);
  part_ = std::move(part);
  if (options_.trains) {
    check_gradients();
    custom_gradients_.assign(model_->graph().layers().size(), {});
    return go_backward({}, team);
  }
  penalize(pass(nullptr), batch_, false, part_.penalty);
  record_losses();
  return close();
}

RunReport TrainingRun::resume(const CustomGradients& gradients, const TeamPool::Lease& team) {
  const Busy busy(busy_);
  const WriteLock lock(model_->segments());
  require_same_model();
  const std::size_t node = node_of(backward_stop_);
  set_input_gradients(pass(nullptr), node, gradients.inputs);
  keep_gradients(node, gradients.variables);
  return go_backward(backward_stop_, team);
}

RunReport TrainingRun::go_backward(Stop stopped, const TeamPool::Lease& team) {
  require(
      updates_ == model_->updates(), Code::kModelBusy,
      "Expected shared weights to stay the same while a loss is computed, received a step of another model that has "
      "them. Await its training first.");
  const Pass now = pass(nullptr);
  backward_stop_ = backward_batch(now, *part_.grad_outputs, batch_, team, stopped);
  RunReport report;
  report.progress = now_;
  if (backward_stop_.has_value()) {
    report.custom = custom_node(now, node_of(backward_stop_), true);
    return report;
  }
  if (options_.explains) {
    penalize(now, batch_, false, part_.penalty);
    report.gradients = input_gradients(now);
    report.loss = batch_.loss();
    return report;
  }
  place_gradients();
  sum_over_processes(false);
  require_agreed();
  if (!part_.learning_rate.has_value()) {
    penalize(now, batch_, true, part_.penalty);
    report.gradients.emplace(model_->gradients(), model_->gradients() + model_->arena_size());
    report.loss = batch_.loss();
    return report;
  }
  model_->preserve();
  model_->set_layer_states(states_);
  update(*part_.learning_rate, team);
  return close();
}

// Until all are there: others may use the arena between two parts.
void TrainingRun::keep_gradients(std::size_t node, const std::vector<std::vector<float>>& gradients) {
  auto& kept = custom_gradients_[model_->graph().nodes()[node].layer];
  std::size_t v = 0;
  for (const auto& variable : model_->variables()) {
    if (variable.layer != model_->graph().nodes()[node].layer) continue;
    require(v < gradients.size() && gradients[v].size() == (variable.trainable ? variable.size : 0),
            Code::kShapeMismatch, "the gradient does not have the size of the variable");
    if (kept.size() == v) kept.emplace_back(gradients[v].size());
    std::transform(kept[v].begin(), kept[v].end(), gradients[v].begin(), kept[v].begin(), std::plus<>());
    ++v;
  }
}

void TrainingRun::place_gradients() const {
  for (std::size_t l = 0; l < custom_gradients_.size(); ++l) {
    for (std::size_t v = 0; v < custom_gradients_[l].size(); ++v) {
      const auto& values = custom_gradients_[l][v];
      std::copy(values.begin(), values.end(), model_->layer_gradients(l)[v]);
    }
  }
}

RunReport TrainingRun::end() {
  require(forwarded_ && options_.trains && !backward_stop_.has_value(), Code::kInvalidArg, "no step is to be ended");
  model_->preserve();
  model_->set_layer_states(states_);
  model_->count_update();
  record_losses();
  return close();
}

RunReport TrainingRun::close() {
  forwarded_ = false;
  RunReport report;
  end_step(report);
  report.cancelled = stop_agreed_;
  report.progress = now_;
  report.non_finite = non_finite_;
  return report;
}

void TrainingRun::set_losses(const std::vector<double>& losses) {
  const auto custom = custom_loss_outputs();
  require(losses.size() == custom.size(), Code::kShapeMismatch, "each custom loss has a value");
  for (std::size_t i = 0; i < losses.size(); ++i) batch_.set_loss(custom[i], losses[i]);
}

void TrainingRun::check_gradients() const {
  const auto custom = custom_loss_outputs();
  const OutputGradients& gradients = *part_.grad_outputs;
  require(gradients.size() == custom.size(), Code::kShapeMismatch, "each custom loss has a gradient");
  for (std::size_t i = 0; i < custom.size(); ++i) {
    require(gradients[i].size() == batch_.samples() * model_->output_size(custom[i]), Code::kShapeMismatch,
            "the gradient does not have the size of the outputs");
  }
}

}  // namespace gemsbok::core
