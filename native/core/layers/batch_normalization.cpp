#include "batch_normalization.h"

#include <algorithm>
#include <cmath>

#include "channels.h"

namespace gemsbok::core {

constexpr std::size_t kMost = ChannelBlock::kMost;

struct BatchNormalization::Block {
  ChannelBlock view;
  std::size_t first;     // channel
  double weight[kMost];  // of the batch; zero where the moving statistics are used
  double mean[kMost];
  double variance[kMost];
  double factor[kMost];  // 1 / sqrt(variance + epsilon)

  // Of an array with a number for each channel.
  std::size_t at(std::size_t k) const { return first + (view.count == 1 ? 0 : std::min(k, view.count - 1)); }
};

BatchNormalization::BatchNormalization(const Settings& settings)
    : settings_(settings),
      size_(elements({settings.outer, settings.channels, settings.inner})),
      moving_mean_((settings.scale ? 1 : 0) + (settings.center ? 1 : 0)) {
  require(settings.mask_columns == 0 || size_ % settings.mask_columns == 0, Code::kShapeMismatch,
          "a mask does not divide its input");
}

std::unique_ptr<Layer> BatchNormalization::make(const LayerParameters& parameters) {
  return std::make_unique<BatchNormalization>(Settings{
      parameters.size("outer"), parameters.size("channels"), parameters.size("inner"), parameters.size("mask_columns"),
      parameters.number("mask_epsilon"), parameters.number("momentum"), parameters.number("epsilon"),
      parameters.flag("center"), parameters.flag("scale"), parameters.flag("frozen")});
}

std::vector<VariableShape> BatchNormalization::variables() const {
  const std::vector<std::size_t> shape = {settings_.channels};
  std::vector<VariableShape> variables;
  if (settings_.scale) variables.push_back({"gamma", shape});
  if (settings_.center) variables.push_back({"beta", shape});
  variables.push_back({"moving_mean", shape, false});
  variables.push_back({"moving_variance", shape, false});
  return variables;
}

std::size_t BatchNormalization::blocks() const {
  return settings_.inner > 1 ? settings_.channels : (settings_.channels + kMost - 1) / kMost;
}

// The channels of a block.
BatchNormalization::Block BatchNormalization::place(const LayerTile& tile, std::size_t index) const {
  const std::size_t most = settings_.inner > 1 ? 1 : kMost, first = index * most;
  const std::size_t count = std::min(most, settings_.channels - first);
  const bool of_batch = tile.key.training && !settings_.frozen;
  Block block = {};
  block.first = first;
  block.view = {tile.samples * settings_.outer,
                settings_.channels * settings_.inner,
                first * settings_.inner,
                count * settings_.inner,
                count,
                of_batch && settings_.mask_columns > 0 ? tile.x[1] : nullptr,
                settings_.mask_columns,
                settings_.mask_epsilon};
  return block;
}

// With the statistics that they are normalized by.
BatchNormalization::Block BatchNormalization::block(const LayerTile& tile, std::size_t index) const {
  const bool of_batch = tile.key.training && !settings_.frozen;
  Block block = place(tile, index);
  if (of_batch) {
    const ChannelMoments moments = channel_moments(block.view, tile.x[0]);
    std::copy_n(moments.weight, kMost, block.weight);
    std::copy_n(moments.mean, kMost, block.mean);
    std::copy_n(moments.variance, kMost, block.variance);
  }
  for (std::size_t k = 0; k < kMost; ++k) {
    if (!of_batch) {
      block.mean[k] = static_cast<double>(tile.variables[moving_mean_][block.at(k)]);
      block.variance[k] = static_cast<double>(tile.variables[moving_mean_ + 1][block.at(k)]);
    }
    block.factor[k] = 1 / std::sqrt(block.variance[k] + settings_.epsilon);
  }
  return block;
}

void BatchNormalization::normalize(const LayerTile& tile, const Block& block) const {
  ChannelMap map;
  for (std::size_t k = 0; k < kMost; ++k) {
    map.mean[k] = static_cast<float>(block.mean[k]);
    map.scale[k] = static_cast<float>(block.factor[k] * gamma(tile.variables, block.at(k)));
    map.offset[k] = beta(tile, block.at(k));
  }
  map_channels(block.view, map, tile.x[0], tile.y);
}

double BatchNormalization::gamma(const float* const* variables, std::size_t channel) const {
  return settings_.scale ? static_cast<double>(variables[0][channel]) : 1.0;
}

float BatchNormalization::beta(const LayerTile& tile, std::size_t channel) const {
  return settings_.center ? tile.variables[moving_mean_ - 1][channel] : 0.0F;
}

// The scale by the moving statistics.
void BatchNormalization::prepare(const float* const* variables, float* prepared) const {
  const float* variance = variables[moving_mean_ + 1];
  for (std::size_t c = 0; c < settings_.channels; ++c) {
    const double factor = 1 / std::sqrt(static_cast<double>(variance[c]) + settings_.epsilon);
    prepared[c] = static_cast<float>(factor * gamma(variables, c));
  }
}

void BatchNormalization::forward(const LayerTile& tile) const {
  for (std::size_t i = 0; i < blocks(); ++i) {
    const Block block = place(tile, i);
    ChannelMap map;
    for (std::size_t k = 0; k < kMost; ++k) {
      map.mean[k] = tile.variables[moving_mean_][block.at(k)];
      map.scale[k] = tile.prepared[block.at(k)];
      map.offset[k] = beta(tile, block.at(k));
    }
    map_channels(block.view, map, tile.x[0], tile.y);
  }
}

void BatchNormalization::forward_batch(const LayerTile& batch, float* const* states,
                                       const TeamPool::Lease& team) const {
  team.run(blocks(), [&](std::size_t index, std::size_t) {
    const Block block = this->block(batch, index);
    normalize(batch, block);
    for (std::size_t k = 0; k < block.view.count; ++k) {
      const auto move = [&](float& moving, double value) {
        moving =
            static_cast<float>(static_cast<double>(moving) * settings_.momentum + value * (1 - settings_.momentum));
      };
      move(states[moving_mean_][block.at(k)], block.mean[k]);
      move(states[moving_mean_ + 1][block.at(k)], block.variance[k]);
    }
  });
}

// With statistics that do not depend on x.
void BatchNormalization::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  for (std::size_t i = 0; i < blocks(); ++i) {
    const Block block = place(tile, i);
    ChannelMap map = {};
    for (std::size_t k = 0; k < kMost; ++k) map.scale[k] = tile.prepared[block.at(k)];
    map_channels(block.view, map, gradients.grad, gradients.grad_x[0]);
  }
}

void BatchNormalization::backward_batch(const LayerTile& batch, const LayerGradients& gradients,
                                        const TeamPool::Lease& team) const {
  if (gradients.grad_x[0] == nullptr) return;
  team.run(blocks(), [&](std::size_t index, std::size_t) {
    const Block block = this->block(batch, index);
    ChannelGradient gradient = {};
    for (std::size_t k = 0; k < kMost; ++k) gradient.map.mean[k] = static_cast<float>(block.mean[k]);
    const ChannelSums sums = channel_sums(block.view, batch.x[0], gradients.grad, gradient.map.mean);
    for (std::size_t k = 0; k < kMost; ++k) {
      const double scale = block.factor[k] * gamma(batch.variables, block.at(k)), share = scale / block.weight[k];
      const double slope = share * sums.grad_x[k] * block.factor[k] * block.factor[k];
      gradient.map.scale[k] = static_cast<float>(scale);
      gradient.map.offset[k] = static_cast<float>(share * sums.grad[k]);
      gradient.slope[k] = static_cast<float>(slope);
    }
    channel_gradient(block.view, gradient, batch.x[0], gradients.grad, gradients.grad_x[0]);
  });
}

std::size_t BatchNormalization::gradient_tasks(std::size_t) const {
  return settings_.scale || settings_.center ? blocks() : 0;
}

void BatchNormalization::gradient_task(std::size_t task, const LayerTile& batch, const float* grad,
                                       float* const* gradients, bool add) const {
  const Block block = this->block(batch, task);
  float mean[kMost];
  for (std::size_t k = 0; k < kMost; ++k) mean[k] = static_cast<float>(block.mean[k]);
  const ChannelSums sums = channel_sums(block.view, batch.x[0], grad, mean);
  for (std::size_t k = 0; k < block.view.count; ++k) {
    const auto write = [&](float& gradient, double value) {
      gradient = static_cast<float>(add ? static_cast<double>(gradient) + value : value);
    };
    if (settings_.scale) write(gradients[0][block.at(k)], sums.grad_x[k] * block.factor[k]);
    if (settings_.center) write(gradients[moving_mean_ - 1][block.at(k)], sums.grad[k]);
  }
}

}  // namespace gemsbok::core
