#pragma once

#include "model.h"

namespace gemsbok::core {

// Values and gradients of all tensors for up to `samples` samples.
class Workspace {
 public:
  // Predicting needs values, evaluating the logits too where a loss reads them, training gradients and what layers
  // keep, explaining the gradients by the model's inputs as well.
  enum class Purpose { kPredict, kEvaluate, kTrain, kExplain };
  Workspace(const Model& model, std::size_t samples, Purpose purpose);
  std::size_t samples() const { return samples_; }
  bool has_gradients() const { return purpose_ == Purpose::kTrain || purpose_ == Purpose::kExplain; }

  float* value(std::size_t tensor) const { return values_[tensor]; }  // [samples, size of the tensor]
  float* grad(std::size_t tensor) const { return grads_[tensor]; }    // the same; null where nothing is asked for
  float* kept(std::size_t node) const { return kept_[node]; }         // [samples, kept_size of the layer]
  // Where a node's backward writes the gradient by its input; null where not asked for.
  float* input_grad(std::size_t node, std::size_t input) const { return input_grads_[node][input]; }
  // Where the loss of an output writes its gradient.
  float* output_grad(std::size_t output) const { return output_grads_[output]; }
  // Whether gradients go through the node: not where a loss reads what goes into it.
  bool is_live(std::size_t node) const { return live_[node]; }
  // How many nodes before this one add to the gradients of the same layer; none where it is not live.
  std::optional<std::size_t> use_of(std::size_t node) const { return uses_[node]; }
  std::size_t most_uses() const { return most_uses_; }
  // Adds up the gradients that reach a tensor on several ways, of samples [first, first + count).
  void join_grads(const Model& model, std::size_t tensor, std::size_t first, std::size_t count) const;
  // Room for the tasks of a node's gradients, which run side by side.
  std::size_t* gradient_scratch(std::size_t node) const { return gradient_scratch_[node].data(); }
  // What a node's layer keeps of a whole batch.
  double* statistics(std::size_t node) const { return statistics_[node].data(); }
  double* penalty_scratch() const { return penalty_scratch_.data(); }
  std::size_t bytes() const;

 private:
  float* room(std::size_t size);
  void place_values(const Model& model);
  void place_grads(const Model& model);
  float* contribute(const Model& model, std::size_t tensor);
  void count_uses(const Model& model);

  std::size_t samples_;
  Purpose purpose_;
  std::vector<Buffer<float>> buffers_;
  Buffer<double> penalty_scratch_;
  std::vector<Buffer<std::size_t>> gradient_scratch_;
  std::vector<Buffer<double>> statistics_;
  std::vector<float*> values_, grads_, kept_, output_grads_;
  std::vector<bool> in_place_, live_;
  std::vector<std::vector<float*>> input_grads_, further_grads_;
  std::vector<std::optional<std::size_t>> uses_;
  std::size_t most_uses_ = 0;
};

// The tensor whose values a loss reads, and whose gradient it writes: the output, or the logits that go into its node.
std::size_t loss_tensor(const Model& model, std::size_t output);

}  // namespace gemsbok::core
