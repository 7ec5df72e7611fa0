#include "stepwise_prediction.h"

#include <algorithm>

#include "evaluation.h"
#include "layers/custom.h"

namespace gemsbok::core {

StepwisePrediction::StepwisePrediction(std::shared_ptr<Model> model, Dataset data,
                                       std::shared_ptr<const Version> version)
    : model_(std::move(model)),
      data_(std::move(data)),
      reading_(std::move(version)),
      segments_(model_->graph().segments({})),
      workspace_(*model_, data_.rows, Workspace::Purpose::kPredict),
      prepared_(*model_, false) {
  check_inputs(*model_, data_.inputs);
}

std::optional<CustomNode> StepwisePrediction::advance(const std::vector<float>* output, const TeamPool::Lease& team) {
  const ReadLock lock(model_->segments());
  BadIndices bad;
  float* const* variables = reading_.values(*model_);
  prepared_.update(*model_, reading_.weight_ids(), variables);
  const Pass pass = {*model_, workspace_, prepared_, data_.rows, {}, false, 1, variables, &bad};
  const BatchRows rows = {nullptr, 0, data_.rows};
  if (output != nullptr) {
    require(next_ > 0, Code::kInvalidArg, "the prediction has stopped at no layer");
    set_output(pass, segments_[next_ - 1].first, *output);
  }
  const std::size_t size = model_->tile_samples();
  for (; next_ < segments_.size(); ++next_) {
    const Segment& segment = segments_[next_];
    if (segment.whole_batch && is_custom(model_->graph().layer_of(segment.first))) {
      ++next_;
      return custom_node(pass, segment.first, false);
    }
    team.run((data_.rows + size - 1) / size, [&](std::size_t tile, std::size_t) {
      const std::size_t first = tile * size, count = std::min(size, data_.rows - first);
      if (next_ == 0) gather_inputs(pass, data_, rows, first, count);
      core::forward(pass, {segment.first, segment.last, first, count}, rows, nullptr);
    });
    bad.raise(*model_, data_);
  }
  return {};
}

std::vector<float> StepwisePrediction::output(std::size_t output) const {
  const float* values = workspace_.value(model_->graph().outputs()[output]);
  return {values, values + data_.rows * model_->output_size(output)};
}

}  // namespace gemsbok::core
