#include "batch_normalization.h"

#include <algorithm>
#include <cmath>

namespace gemsbok::core {

constexpr std::size_t kMost = ChannelBlock::kMost;

struct BatchNormalization::Block {
  ChannelBlock view;
  std::size_t first;     // channel
  double weight[kMost];  // of the batch; not where the moving statistics are used
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
      parameters.flag("center"), parameters.flag("scale"), parameters.flag("frozen"), parameters.flag("synchronized")});
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
  for (std::size_t k = 0; k < kMost; ++k) {
    if (of_batch) {
      const double* statistics = tile.statistics + block.at(k);
      block.weight[k] = statistics[0];
      block.mean[k] = statistics[settings_.channels];
      block.variance[k] = statistics[2 * settings_.channels];
    } else {
      block.mean[k] = static_cast<double>(tile.variables[moving_mean_][block.at(k)]);
      block.variance[k] = static_cast<double>(tile.variables[moving_mean_ + 1][block.at(k)]);
    }
    block.factor[k] = 1 / std::sqrt(block.variance[k] + settings_.epsilon);
  }
  return block;
}

std::array<float, kMost> BatchNormalization::means_of(const Block& block) {
  std::array<float, kMost> means;
  std::transform(block.mean, block.mean + kMost, means.begin(), [](double mean) { return static_cast<float>(mean); });
  return means;
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

// The statistics of the rows that are here: of each channel weight, mean and variance.
void BatchNormalization::measure(const LayerTile& batch, const TeamPool::Lease& team) const {
  team.run(blocks(), [&](std::size_t index, std::size_t) {
    const Block block = place(batch, index);
    const ChannelMoments moments = channel_moments(block.view, batch.x[0]);
    for (std::size_t k = 0; k < block.view.count; ++k) {
      double* statistics = batch.statistics + block.at(k);
      const bool any = batch.samples > 0;
      statistics[0] = moments.weight[k];
      statistics[settings_.channels] = any ? moments.mean[k] : 0;
      statistics[2 * settings_.channels] = any ? moments.variance[k] : 0;
    }
  });
}

// Those of the rows of all processes, in place of those of the rows that are here. The squares are added up about the
// mean of all, as they would cancel each other about zero.
void BatchNormalization::join_moments(Communicator& communicator, double* statistics) const {
  const std::size_t channels = settings_.channels;
  const double least = settings_.mask_columns > 0 ? settings_.mask_epsilon : 0;
  double *weights = statistics, *means = weights + channels, *variances = means + channels;
  std::vector<double> sums(2 * channels), squares(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    sums[c] = weights[c] - least;
    sums[channels + c] = means[c] * weights[c];
  }
  communicator.allreduce(sums.data(), sums.size());
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = sums[channels + c] / (sums[c] + least), shift = means[c] - mean;
    const double first = means[c] * least;  // the sum of the differences from its own mean
    squares[c] = variances[c] * weights[c] + shift * (2 * first + shift * (weights[c] - least));
    means[c] = mean;
    weights[c] = sums[c] + least;
  }
  communicator.allreduce(squares.data(), squares.size());
  for (std::size_t c = 0; c < channels; ++c) variances[c] = std::max(squares[c], 0.0) / weights[c];  // NaN stays
}

// What the moving statistics, which are the same in all processes, move towards: the means of those of each process.
std::vector<double> BatchNormalization::mean_moments(Communicator& communicator, const double* statistics) const {
  const std::size_t size = statistics_size();
  std::vector<double> sums(statistics, statistics + size);
  const double* weights = statistics;
  for (std::size_t i = settings_.channels; i < size; ++i) sums[i] *= weights[i % settings_.channels];
  communicator.allreduce(sums.data(), size);
  for (std::size_t i = settings_.channels; i < size; ++i) sums[i] /= sums[i % settings_.channels];
  return sums;
}

void BatchNormalization::forward_batch(const LayerTile& batch, float* const* states,
                                       const TeamPool::Lease& team) const {
  const bool of_batch = batch.key.training && !settings_.frozen;
  if (of_batch) measure(batch, team);
  std::vector<double> means;
  if (of_batch && batch.communicator != nullptr) {
    if (settings_.synchronized)
      join_moments(*batch.communicator, batch.statistics);
    else
      means = mean_moments(*batch.communicator, batch.statistics);
  }
  team.run(blocks(), [&](std::size_t index, std::size_t) {
    const Block block = this->block(batch, index);
    normalize(batch, block);
    for (std::size_t k = 0; k < block.view.count; ++k) {
      const std::size_t channel = block.at(k);
      const auto move = [&](float& moving, double value) {
        moving =
            static_cast<float>(static_cast<double>(moving) * settings_.momentum + value * (1 - settings_.momentum));
      };
      const bool own = means.empty();
      move(states[moving_mean_][channel], own ? block.mean[k] : means[settings_.channels + channel]);
      move(states[moving_mean_ + 1][channel], own ? block.variance[k] : means[2 * settings_.channels + channel]);
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
  const std::size_t channels = settings_.channels;
  std::vector<double> sums(2 * channels);  // of the gradient, and of the gradient times x
  team.run(blocks(), [&](std::size_t index, std::size_t) {
    const Block block = this->block(batch, index);
    const ChannelSums own = channel_sums(block.view, batch.x[0], gradients.grad, means_of(block).data());
    for (std::size_t k = 0; k < block.view.count; ++k) {
      sums[block.at(k)] = own.grad[k];
      sums[channels + block.at(k)] = own.grad_x[k];
    }
  });
  if (batch.communicator != nullptr && settings_.synchronized) batch.communicator->allreduce(sums.data(), sums.size());
  team.run(blocks(), [&](std::size_t index, std::size_t) {
    const Block block = this->block(batch, index);
    ChannelGradient gradient = {};
    const auto means = means_of(block);
    std::copy(means.begin(), means.end(), gradient.map.mean);
    for (std::size_t k = 0; k < kMost; ++k) {
      const double scale = block.factor[k] * gamma(batch.variables, block.at(k)), share = scale / block.weight[k];
      const double slope = share * sums[channels + block.at(k)] * block.factor[k] * block.factor[k];
      gradient.map.scale[k] = static_cast<float>(scale);
      gradient.map.offset[k] = static_cast<float>(share * sums[block.at(k)]);
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
  const ChannelSums sums = channel_sums(block.view, batch.x[0], grad, means_of(block).data());
  for (std::size_t k = 0; k < block.view.count; ++k) {
    const auto write = [&](float& gradient, double value) {
      gradient = static_cast<float>(add ? static_cast<double>(gradient) + value : value);
    };
    if (settings_.scale) write(gradients[0][block.at(k)], sums.grad_x[k] * block.factor[k]);
    if (settings_.center) write(gradients[moving_mean_ - 1][block.at(k)], sums.grad[k]);
  }
}

}  // namespace gemsbok::core
