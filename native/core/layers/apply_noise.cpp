#include "apply_noise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "layers/apply_noise.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <algorithm>
#include <cmath>

#include "../math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Numbers are made in groups: number i of a group is word i / kBlocks of its block i % kBlocks. So vectors of any width
// make whole vectors of numbers.
constexpr std::size_t kBlocks = 16, kGroup = 4 * kBlocks;

using Words = hn::CappedTag<std::uint32_t, kBlocks>;
using Floats = hn::RebindToFloat<Words>;

// high and low half of a * multiplier
template <class V>
HWY_INLINE void MultiplyWide(Words d, V a, V multiplier, V& high, V& low) {
#if HWY_TARGET == HWY_SCALAR
  const std::uint64_t product = std::uint64_t{hn::GetLane(a)} * hn::GetLane(multiplier);
  high = hn::Set(d, static_cast<std::uint32_t>(product >> 32));
  low = hn::Set(d, static_cast<std::uint32_t>(product));
#else
  const hn::RepartitionToWide<Words> wide;
  const auto even = hn::MulEven(a, multiplier);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), multiplier);
  high = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
  low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
#endif
}

// The kGroup words of a group, as class Philox has them.
HWY_INLINE void MakeWords(const NoiseKey& key, std::uint64_t group, std::uint32_t* HWY_RESTRICT words) {
  const Words d;
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  const auto high = [](std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); };
  const std::uint64_t block = group * kBlocks;
  for (std::size_t i = 0; i < kBlocks; i += hn::Lanes(d)) {
    auto c0 = hn::Iota(d, low(block + i)), c1 = hn::Set(d, high(block));
    auto c2 = hn::Set(d, low(key.stream)), c3 = hn::Set(d, high(key.stream));
    std::uint32_t key0 = low(key.seed), key1 = high(key.seed);
    for (int round = 0; round < 10; ++round) {
      auto high0 = c0, low0 = c0, high2 = c2, low2 = c2;
      MultiplyWide(d, c0, hn::Set(d, 0xD2511F53U), high0, low0);
      MultiplyWide(d, c2, hn::Set(d, 0xCD9E8D57U), high2, low2);
      c0 = high2 ^ c1 ^ hn::Set(d, key0);
      c2 = high0 ^ c3 ^ hn::Set(d, key1);
      c1 = low2;
      c3 = low0;
      key0 += 0x9E3779B9U;
      key1 += 0xBB67AE85U;
    }
    hn::StoreU(c0, d, words + i);
    hn::StoreU(c1, d, words + kBlocks + i);
    hn::StoreU(c2, d, words + 2 * kBlocks + i);
    hn::StoreU(c3, d, words + 3 * kBlocks + i);
  }
}

// In (0, 1], all 32 bits.
HWY_INLINE hn::Vec<Floats> ToUnit(Floats d, hn::Vec<Words> words) {
  // There is no conversion from unsigned on every machine; both halves are exact.
  const hn::RebindToSigned<Words> integers;
  const auto high = hn::ConvertTo(d, hn::BitCast(integers, hn::ShiftRight<16>(words)));
  const auto low = hn::ConvertTo(d, hn::BitCast(integers, words & hn::Set(Words(), 0xFFFFU)));
  const auto whole = hn::MulAdd(high, hn::Set(d, 0x1p-16F), low * 0x1p-32);
  return hn::Max(whole, hn::Set(d, 0x1p-33F));
}

// Box-Muller: a group of words as standard normal numbers.
HWY_INLINE void MakeNormals(const std::uint32_t* HWY_RESTRICT words, float* HWY_RESTRICT normals) {
  const Words d;
  const Floats f;
  for (std::size_t i = 0; i < kGroup; i += 2 * kBlocks) {
    for (std::size_t j = i; j < i + kBlocks; j += hn::Lanes(d)) {
      const auto log = math::Log(ToUnit(f, hn::LoadU(d, words + j)));
      const auto radius = hn::Sqrt(-2 * log);
      const auto angle = 6.283185307179586 * ToUnit(f, hn::LoadU(d, words + kBlocks + j));
      hn::StoreU(radius * hn::Cos(f, angle), f, normals + j);
      hn::StoreU(radius * hn::Sin(f, angle), f, normals + kBlocks + j);
    }
  }
}

// What a group of random numbers makes of its elements: x times + plus, or plus alone where times is zero.
class NoiseGroup {
 public:
  NoiseGroup(const NoiseKey& key, const NoiseFormula& formula) : key_(key), formula_(formula) {}

  // Applies the noise from number `first` on to `count` consecutive elements.
  void Apply(std::uint64_t first, std::size_t count, const float* in, float* out) {
    const Lanes<float> d;
    while (count > 0) {
      Make(first / kGroup);
      const std::size_t at = first % kGroup, n = count < kGroup - at ? count : kGroup - at;
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        const auto times = load(times_ + at), plus = load(plus_ + at);
        store(hn::IfThenElse(times == 0, plus, hn::MulAdd(load(in), times, plus)), out);
      });
      first += n;
      in += n;
      out += n;
      count -= n;
    }
  }

 private:
  void Make(std::uint64_t group) {
    if (made_ && group == group_) return;
    MakeWords(key_, group, words_);
    if (formula_.normal) {
      MakeNormals(words_, times_);
      FromNormals();
    } else {
      FromWords();
    }
    group_ = group;
    made_ = true;
  }

  void FromNormals() {
    const Lanes<float> d;
    const auto deviation = hn::Set(d, formula_.deviation), one = hn::Set(d, 1.0F);
    ForLanes(d, kGroup, [&](auto load, auto store, auto) HWY_ATTR {
      const auto normal = load(times_);
      store(formula_.addend * normal, plus_);
      store(hn::MulAdd(deviation, normal, one), times_);
    });
  }

  void FromWords() {
    const Words d;
    const Floats f;
    const auto threshold = hn::Set(d, formula_.threshold);
    for (std::size_t i = 0; i < kGroup; i += hn::Lanes(d)) {
      const auto drop = hn::RebindMask(f, hn::LoadU(d, words_ + i) < threshold);
      hn::StoreU(hn::IfThenZeroElse(drop, hn::Set(f, formula_.scale)), f, times_ + i);
      hn::StoreU(hn::IfThenElse(drop, hn::Set(f, formula_.dropped), hn::Set(f, formula_.offset)), f, plus_ + i);
    }
  }

  NoiseKey key_;
  NoiseFormula formula_;
  std::uint64_t group_ = 0;
  bool made_ = false;
  std::uint32_t words_[kGroup];
  float times_[kGroup], plus_[kGroup];
};

void ApplyNoise(const NoiseKey& key, const NoiseFormula& formula, const NoiseSpan& span) {
  NoiseGroup group(key, formula);
  if (span.offsets == nullptr && !span.shared) {
    group.Apply(span.first * span.size, span.samples * span.size, span.in, span.out);
    return;
  }
  for (std::size_t sample = 0; sample < span.samples; ++sample) {
    const std::uint64_t first = span.shared ? 0 : (span.first + sample) * span.noise_size;
    const float* in = span.in + sample * span.size;
    float* out = span.out + sample * span.size;
    if (span.offsets == nullptr) {
      group.Apply(first, span.size, in, out);
      continue;
    }
    for (std::size_t i = 0; i < span.size; ++i) group.Apply(first + span.offsets[i], 1, in + i, out + i);
  }
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(ApplyNoise);

NoiseFormula NoiseFormula::drop(double rate, double scale, double offset, double dropped) {
  NoiseFormula formula;
  formula.threshold = static_cast<std::uint32_t>(std::min(std::round(rate * 0x1p32), 0x1p32 - 1));
  formula.scale = static_cast<float>(scale);
  formula.offset = static_cast<float>(offset);
  formula.dropped = static_cast<float>(dropped);
  return formula;
}

NoiseFormula NoiseFormula::gaussian(double deviation, double addend) {
  NoiseFormula formula;
  formula.normal = true;
  formula.deviation = static_cast<float>(deviation);
  formula.addend = static_cast<float>(addend);
  return formula;
}

void apply_noise(const NoiseKey& key, const NoiseFormula& formula, const NoiseSpan& span) {
  HWY_DYNAMIC_DISPATCH(ApplyNoise)(key, formula, span);
}

}  // namespace gemsbok::core

#endif  // HWY_ONCE
