#pragma once

#include <cstddef>

namespace gemsbok::core {

// Some channels of a batch that is viewed as [rows, channels, inner]: as many as kMost where inner is one, else one.
// Arrays of kMost hold a number for each of them, or kMost times the number of the one.
struct ChannelBlock {
  static constexpr std::size_t kMost = 32;

  std::size_t rows;
  std::size_t stride;  // of a row
  std::size_t first;   // offset of the block in a row
  std::size_t length;  // elements of the block in a row
  std::size_t count;   // of channels
  const float* mask;   // weights of elements, one for each `mask_columns` of them; null where all are one
  std::size_t mask_columns;
  double mask_epsilon;  // added to the sum of a mask, so that one of zeros gives no NaN
};

struct ChannelMoments {
  double weight[ChannelBlock::kMost];
  double mean[ChannelBlock::kMost];
  double variance[ChannelBlock::kMost];
};
ChannelMoments channel_moments(const ChannelBlock& block, const float* x);

// The sums of grad, and of grad (x - mean).
struct ChannelSums {
  double grad[ChannelBlock::kMost];
  double grad_x[ChannelBlock::kMost];
};
ChannelSums channel_sums(const ChannelBlock& block, const float* x, const float* grad, const float* mean);

// The sums of the columns of x, added to what stands there with `add`.
void sum_columns(const float* x, std::size_t rows, std::size_t columns, float* to, bool add);

// y = (x - mean) scale + offset
struct ChannelMap {
  float mean[ChannelBlock::kMost];
  float scale[ChannelBlock::kMost];
  float offset[ChannelBlock::kMost];
};
void map_channels(const ChannelBlock& block, const ChannelMap& map, const float* x, float* y);

// grad_x = grad scale - weight ((x - mean) slope + offset)
struct ChannelGradient {
  ChannelMap map;
  float slope[ChannelBlock::kMost];
};
void channel_gradient(const ChannelBlock& block, const ChannelGradient& gradient, const float* x, const float* grad,
                      float* grad_x);

}  // namespace gemsbok::core
