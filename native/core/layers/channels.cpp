#include "channels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "layers/channels.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "../simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

constexpr std::size_t kMost = ChannelBlock::kMost;

// Calls each(offset, count, weights) for at most kMost consecutive elements at a time; `weights` is null without a
// mask.
template <class Each>
HWY_INLINE void ForRuns(const ChannelBlock& block, const Each& each) {
  HWY_ALIGN float weights[kMost];
  for (std::size_t row = 0; row < block.rows; ++row) {
    const std::size_t begin = row * block.stride + block.first;
    for (std::size_t i = 0; i < block.length; i += kMost) {
      const std::size_t offset = begin + i, count = block.length - i < kMost ? block.length - i : kMost;
      if (block.mask != nullptr) {
        for (std::size_t k = 0; k < count; ++k) weights[k] = block.mask[(offset + k) / block.mask_columns];
      }
      each(offset, count, block.mask == nullptr ? nullptr : weights);
    }
  }
}

// Weighted sums of each(load, offset) for each channel. Sums of few elements are added up in double.
template <class Each>
HWY_INLINE void SumChannels(const ChannelBlock& block, double* HWY_RESTRICT sums, const Each& each) {
  constexpr std::size_t kRunsInFloat = 64;
  const Lanes<float> d;
  HWY_ALIGN float part[kMost] = {};
  double total[kMost] = {};
  std::size_t runs = 0;
  const auto flush = [&] {
    for (std::size_t k = 0; k < kMost; ++k) {
      total[k] += static_cast<double>(part[k]);
      part[k] = 0;
    }
    runs = 0;
  };
  ForRuns(block, [&](std::size_t offset, std::size_t count, const float* weights) HWY_ATTR {
    ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
      auto value = each(load, offset);
      if (weights != nullptr) value = hn::Mul(value, load(weights));
      store(hn::Add(load(part), value), part);
    });
    if (++runs == kRunsInFloat) flush();
  });
  flush();
  if (block.count == 1) {
    double sum = 0;
    for (const double each_total : total) sum += each_total;
    for (double& each_total : total) each_total = sum;
  }
  for (std::size_t k = 0; k < kMost; ++k) sums[k] = total[k];
}

void Moments(const ChannelBlock& block, const float* x, ChannelMoments& moments) {
  const Lanes<float> d;
  if (block.mask == nullptr) {
    const std::size_t elements = block.rows * (block.length / block.count);
    const auto weight = static_cast<double>(elements);
    for (double& each : moments.weight) each = weight;
  } else {
    SumChannels(block, moments.weight, [&](auto, std::size_t) HWY_ATTR { return hn::Set(d, 1.0F); });
    for (double& each : moments.weight) each += kLeastWeight;
  }
  SumChannels(block, moments.mean, [&](auto load, std::size_t at) HWY_ATTR { return load(x + at); });
  HWY_ALIGN float mean[kMost];
  for (std::size_t k = 0; k < kMost; ++k) {
    moments.mean[k] /= moments.weight[k];
    mean[k] = static_cast<float>(moments.mean[k]);
  }
  SumChannels(block, moments.variance, [&](auto load, std::size_t at) HWY_ATTR {
    const auto difference = hn::Sub(load(x + at), load(mean));
    return hn::Mul(difference, difference);
  });
  for (std::size_t k = 0; k < kMost; ++k) moments.variance[k] /= moments.weight[k];
}

void Sums(const ChannelBlock& block, const float* x, const float* grad, const float* mean, ChannelSums& sums) {
  ChannelBlock all = block;
  all.mask = nullptr;
  SumChannels(all, sums.grad, [&](auto load, std::size_t at) HWY_ATTR { return load(grad + at); });
  SumChannels(all, sums.grad_x, [&](auto load, std::size_t at) HWY_ATTR {
    return hn::Mul(load(grad + at), hn::Sub(load(x + at), load(mean)));
  });
}

void Map(const ChannelBlock& block, const ChannelMap& map, const float* x, float* y) {
  const Lanes<float> d;
  ForRuns(block, [&](std::size_t at, std::size_t count, const float*) HWY_ATTR {
    ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::MulAdd(hn::Sub(load(x + at), load(map.mean)), load(map.scale), load(map.offset)), y + at);
    });
  });
}

void Gradient(const ChannelBlock& block, const ChannelGradient& gradient, const float* x, const float* grad,
              float* grad_x) {
  const Lanes<float> d;
  const ChannelMap& map = gradient.map;
  ForRuns(block, [&](std::size_t at, std::size_t count, const float* weights) HWY_ATTR {
    ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
      auto part = hn::MulAdd(hn::Sub(load(x + at), load(map.mean)), load(gradient.slope), load(map.offset));
      if (weights != nullptr) part = hn::Mul(part, load(weights));
      store(hn::MulSub(load(grad + at), load(map.scale), part), grad_x + at);
    });
  });
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(Moments);
HWY_EXPORT(Sums);
HWY_EXPORT(Map);
HWY_EXPORT(Gradient);

ChannelMoments channel_moments(const ChannelBlock& block, const float* x) {
  ChannelMoments moments;
  HWY_DYNAMIC_DISPATCH(Moments)(block, x, moments);
  return moments;
}

ChannelSums channel_sums(const ChannelBlock& block, const float* x, const float* grad, const float* mean) {
  ChannelSums sums;
  HWY_DYNAMIC_DISPATCH(Sums)(block, x, grad, mean, sums);
  return sums;
}

void map_channels(const ChannelBlock& block, const ChannelMap& map, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(Map)(block, map, x, y);
}

void channel_gradient(const ChannelBlock& block, const ChannelGradient& gradient, const float* x, const float* grad,
                      float* grad_x) {
  HWY_DYNAMIC_DISPATCH(Gradient)(block, gradient, x, grad, grad_x);
}

}  // namespace gemsbok::core

#endif  // HWY_ONCE
