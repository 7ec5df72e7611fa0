#pragma once

#include <array>

#include "channels.h"
#include "shapes.h"

namespace gemsbok::core {

// y = (x - mean) / sqrt(variance + epsilon) gamma + beta for each channel: with the mean and the biased variance of the
// batch in training, which also move the moving statistics, and with the moving statistics else. With a mask, a second
// input, only elements whose step has 1 there count in the statistics.
class BatchNormalization final : public Layer {
 public:
  struct Settings {
    std::size_t outer, channels, inner;  // a sample is [outer, channels, inner]
    std::size_t mask_columns;            // elements of a sample that share an element of the mask; 0 without a mask
    double mask_epsilon;                 // added to the sum of a mask, so that one of zeros gives no NaN
    double momentum, epsilon;
    bool center, scale;
    bool frozen;        // the moving statistics are used, and stay, in training too
    bool synchronized;  // the statistics are those of the rows of all processes that share a batch, not of each one's
  };
  explicit BatchNormalization(const Settings& settings);
  // parameters: as in Settings
  static std::unique_ptr<Layer> make(const LayerParameters& parameters);

  std::size_t inputs() const override { return settings_.mask_columns > 0 ? 2 : 1; }
  std::size_t input_size(std::size_t input) const override {
    return input == 0 ? size_ : size_ / settings_.mask_columns;
  }
  std::size_t output_size() const override { return size_; }
  std::vector<VariableShape> variables() const override;
  bool has_gradient(std::size_t input) const override { return input == 0; }
  std::size_t flops() const override { return 8 * size_; }

  std::size_t prepared_size() const override { return settings_.channels; }
  void prepare(const float* const* variables, float* prepared) const override;
  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;
  std::size_t gradient_tasks(std::size_t batch) const override;
  void gradient_task(std::size_t task, const LayerTile& batch, const float* grad, float* const* gradients,
                     bool add) const override;
  bool needs_whole_batch() const override { return !settings_.frozen; }
  std::size_t statistics_size() const override { return 3 * settings_.channels; }
  bool shares_batches() const override { return true; }
  void forward_batch(const LayerTile& batch, float* const* states, const TeamPool::Lease& team) const override;
  void backward_batch(const LayerTile& batch, const LayerGradients& gradients,
                      const TeamPool::Lease& team) const override;

 private:
  struct Block;
  std::size_t blocks() const;
  Block place(const LayerTile& tile, std::size_t index) const;
  Block block(const LayerTile& tile, std::size_t index) const;
  double gamma(const float* const* variables, std::size_t channel) const;
  float beta(const LayerTile& tile, std::size_t channel) const;
  void normalize(const LayerTile& tile, const Block& block) const;
  static std::array<float, ChannelBlock::kMost> means_of(const Block& block);
  void measure(const LayerTile& batch, const TeamPool::Lease& team) const;
  std::vector<double> mean_moments(Communicator& communicator, const double* statistics) const;
  void join_moments(Communicator& communicator, double* statistics) const;

  Settings settings_;
  std::size_t size_;
  std::size_t moving_mean_;  // index among the variables
};

}  // namespace gemsbok::core
