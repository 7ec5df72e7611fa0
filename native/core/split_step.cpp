// Steps in two parts, between which the caller computes losses or metrics.
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

BatchOutputs TrainingRun::forward(const TeamPool::Lease& team) {
  const Busy busy(busy_);
  begin_step();
  const WriteLock lock(model_->segments());
  require_same_model();
  const BatchRows rows = batch_rows();
  const std::vector<float> states = model_->layer_states();
  BadIndices bad;
  forward_batch(pass(&bad), data_, rows, batch_, team);
  states_ = model_->layer_states();
  model_->set_layer_states(states);
  bad.raise(*model_, data_);
  forwarded_ = true;
  updates_ = model_->updates();
  BatchOutputs result = {rows.samples, {}};
  const auto& outputs = model_->objective().outputs;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (outputs[o].is_read()) result.outputs.push_back(batch_output(o));
  }
  return result;
}

RunReport TrainingRun::finish(const std::vector<double>& losses, const OutputGradients* grad_outputs,
                              double learning_rate, const TeamPool::Lease& team) {
  const Busy busy(busy_);
  const WriteLock lock(model_->segments());
  require(forwarded_, Code::kInvalidArg, "no batch was run forward");
  require(options_.trains == (grad_outputs != nullptr), Code::kInvalidArg, "a run that trains takes gradients");
  set_losses(losses);
  if (grad_outputs != nullptr) {
    backward(*grad_outputs, team);
    model_->preserve();
    model_->set_layer_states(states_);
    apply(learning_rate, team);
  } else {
    penalize(pass(nullptr), batch_, false);
    record_losses();
  }
  forwarded_ = false;
  RunReport report;
  end_step(report);
  report.progress = now_;
  report.non_finite = non_finite_;
  return report;
}

double TrainingRun::gradients(const std::vector<double>& losses, const OutputGradients& grad_outputs, float* gradients,
                              const TeamPool::Lease& team) {
  const Busy busy(busy_);
  const WriteLock lock(model_->segments());
  set_losses(losses);
  backward(grad_outputs, team);
  penalize(pass(nullptr), batch_, true);
  std::copy_n(model_->gradients(), model_->arena_size(), gradients);
  return batch_.loss();
}

void TrainingRun::set_losses(const std::vector<double>& losses) {
  const auto custom = custom_loss_outputs();
  require(losses.size() == custom.size(), Code::kShapeMismatch, "each custom loss has a value");
  for (std::size_t i = 0; i < losses.size(); ++i) batch_.set_loss(custom[i], losses[i]);
}

void TrainingRun::backward(const OutputGradients& grad_outputs, const TeamPool::Lease& team) {
  require_same_model();
  require(forwarded_ && options_.trains, Code::kInvalidArg, "no batch was run forward to train with");
  require(updates_ == model_->updates(), Code::kModelBusy,
          "another model that shares its weights trained while its loss was computed");
  const auto custom = custom_loss_outputs();
  require(grad_outputs.size() == custom.size(), Code::kShapeMismatch, "each custom loss has a gradient");
  for (std::size_t i = 0; i < custom.size(); ++i) {
    require(grad_outputs[i].size() == batch_.samples() * model_->output_size(custom[i]), Code::kShapeMismatch,
            "the gradient does not have the size of the outputs");
  }
  backward_batch(pass(nullptr), grad_outputs, batch_, team);
}

}  // namespace gemsbok::core
