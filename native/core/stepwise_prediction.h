#pragma once

#include "passes.h"

namespace gemsbok::core {

// A batch through a model of which the caller computes layers, in inference.
class StepwisePrediction {
 public:
  StepwisePrediction(std::shared_ptr<Model> model, Dataset data, std::shared_ptr<const Version> version);

  // Continues, with the output of the layer where it stopped before, to the next such layer; none at the end.
  std::optional<CustomNode> advance(const std::vector<float>* output, const TeamPool::Lease& team);
  std::vector<float> output(std::size_t output) const;

 private:
  std::shared_ptr<Model> model_;
  Dataset data_;
  Reading reading_;
  std::vector<Segment> segments_;
  Workspace workspace_;
  Prepared prepared_;
  std::size_t next_ = 0;  // segment
};

}  // namespace gemsbok::core
