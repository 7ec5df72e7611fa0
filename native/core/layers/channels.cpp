#include "channels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "layers/channels.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <algorithm>
#include <numeric>

#include "../math-inl.h"

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

// Calls each(load, offset, add), where add(s, v) adds to sum s of each channel, by its weight.
template <std::size_t kSums, class Each>
HWY_INLINE void SumChannels(const ChannelBlock& block, double (&totals)[kSums][kMost], const Each& each) {
  const Lanes<float> d;
  const Lanes<double> wide;
  const WideLanes<float> half;
  HWY_ALIGN float parts[kSums][kMost] = {};
  for (auto& total : totals) std::fill_n(total, kMost, 0.0);
  const auto flush = [&]() HWY_ATTR {
    for (std::size_t s = 0; s < kSums; ++s) {
      for (std::size_t k = 0; k < kMost; k += hn::Lanes(half)) {
        const auto part = hn::PromoteTo(wide, hn::Load(half, parts[s] + k));
        hn::StoreU(hn::LoadU(wide, totals[s] + k) + part, wide, totals[s] + k);
        hn::Store(hn::Zero(half), half, parts[s] + k);
      }
    }
  };
  std::size_t runs = 0;
  ForRuns(block, [&](std::size_t offset, std::size_t count, const float* weights) HWY_ATTR {
    ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
      each(load, offset, [&](std::size_t s, auto value) HWY_ATTR {
        if (weights != nullptr) value = value * load(weights);
        store(load(parts[s]) + value, parts[s]);
      });
    });
    if (++runs % kShortSum == 0) flush();
  });
  flush();
  if (block.count > 1) return;
  for (auto& total : totals) std::fill_n(total, kMost, std::accumulate(total, total + kMost, 0.0));
}

void Moments(const ChannelBlock& block, const float* x, ChannelMoments& moments) {
  const Lanes<float> d;
  const double least = block.mask == nullptr ? 0 : block.mask_epsilon;
  double weights[1][kMost], sums[1][kMost], differences[2][kMost];
  if (block.mask == nullptr) {
    const std::size_t numbers = block.rows * (block.length / block.count);
    std::fill_n(weights[0], kMost, static_cast<double>(numbers));
  } else {
    SumChannels(block, weights, [&](auto, std::size_t, auto add) HWY_ATTR { add(0, hn::Set(d, 1.0F)); });
  }
  SumChannels(block, sums, [&](auto load, std::size_t at, auto add) HWY_ATTR { add(0, load(x + at)); });
  HWY_ALIGN float mean[kMost];
  for (std::size_t k = 0; k < kMost; ++k) mean[k] = static_cast<float>(sums[0][k] / (weights[0][k] + least));
  SumChannels(block, differences, [&](auto load, std::size_t at, auto add) HWY_ATTR {
    const auto difference = load(x + at) - load(mean);
    add(0, difference);
    add(1, difference * difference);
  });
  for (std::size_t k = 0; k < kMost; ++k) {
    // What the differences from a mean add up to shows its rounding, which a mean far from zero would not forgive.
    const double weight = weights[0][k] + least, first = static_cast<double>(mean[k]);
    const double shift = (differences[0][k] - first * least) / weight;
    const double squares = differences[1][k] - shift * (2 * differences[0][k] - shift * weights[0][k]);
    moments.weight[k] = weight;
    moments.mean[k] = first + shift;
    moments.variance[k] = squares < 0 ? 0 : squares / weight;
  }
}

void Sums(const ChannelBlock& block, const float* x, const float* grad, const float* mean, ChannelSums& sums) {
  ChannelBlock all = block;
  all.mask = nullptr;
  double totals[2][kMost];
  SumChannels(all, totals, [&](auto load, std::size_t at, auto add) HWY_ATTR {
    add(0, load(grad + at));
    add(1, load(grad + at) * (load(x + at) - load(mean)));
  });
  std::copy_n(totals[0], kMost, sums.grad);
  std::copy_n(totals[1], kMost, sums.grad_x);
}

void Totals(const ChannelBlock& block, const float* x, double* to) {
  double totals[1][kMost];
  SumChannels(block, totals, [&](auto load, std::size_t at, auto add) HWY_ATTR { add(0, load(x + at)); });
  std::copy_n(totals[0], kMost, to);
}

void Map(const ChannelBlock& block, const ChannelMap& map, const float* x, float* y) {
  const Lanes<float> d;
  ForRuns(block, [&](std::size_t at, std::size_t count, const float*) HWY_ATTR {
    ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
      store(hn::MulAdd(load(x + at) - load(map.mean), load(map.scale), load(map.offset)), y + at);
    });
  });
}

void Gradient(const ChannelBlock& block, const ChannelGradient& gradient, const float* x, const float* grad,
              float* grad_x) {
  const Lanes<float> d;
  const ChannelMap& map = gradient.map;
  ForRuns(block, [&](std::size_t at, std::size_t count, const float* weights) HWY_ATTR {
    ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
      auto part = hn::MulAdd(load(x + at) - load(map.mean), load(gradient.slope), load(map.offset));
      if (weights != nullptr) part = part * load(weights);
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
HWY_EXPORT(Totals);
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

// The same bits as the vectors', at less than the cost of getting them ready.
template <class Part>
static void sum_few(const float* x, std::size_t rows, std::size_t columns, float* to, bool add) {
  for (std::size_t column = 0; column < columns; ++column) {
    Part part = 0;
    for (std::size_t row = 0; row < rows; ++row) part += static_cast<Part>(x[row * columns + column]);
    to[column] = static_cast<float>((add ? static_cast<double>(to[column]) : 0) + static_cast<double>(part));
  }
}

void sum_columns(const float* x, std::size_t rows, std::size_t columns, float* to, bool add) {
  // As many rows as the vectors add in single precision.
  constexpr std::size_t kFewRows = HWY_NAMESPACE::kShortSum, kFewNumbers = 64;
  if (rows <= kFewRows && rows * columns <= kFewNumbers) {
    columns == 1 ? sum_few<double>(x, rows, columns, to, add) : sum_few<float>(x, rows, columns, to, add);
    return;
  }
  constexpr std::size_t kMost = ChannelBlock::kMost;
  double totals[kMost];
  for (std::size_t first = 0; first < columns; first += kMost) {
    const std::size_t count = std::min(kMost, columns - first);
    ChannelBlock block = {rows, columns, first, count, count, nullptr, 1, 0};
    if (columns == 1) block = {1, rows, 0, rows, 1, nullptr, 1, 0};
    HWY_DYNAMIC_DISPATCH(Totals)(block, x, totals);
    for (std::size_t k = 0; k < count; ++k) {
      to[first + k] = static_cast<float>((add ? static_cast<double>(to[first + k]) : 0) + totals[k]);
    }
  }
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
