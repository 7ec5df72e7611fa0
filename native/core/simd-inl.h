// Lane helpers that every kernel uses; included once for each instruction set (the toggle below), never guarded by
// pragma.
#if defined(GEMSBOK_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_SIMD_INL_H_
#undef GEMSBOK_SIMD_INL_H_
#else
#define GEMSBOK_SIMD_INL_H_
#endif

#include <array>
#include <cstddef>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Lanes = hn::ScalableTag<T>;

template <class D>
HWY_INLINE hn::Vec<D> SetDouble(D d, double value) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(value));
}

// The first `count` lanes from memory, zeros after them; never touches what lies after.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> LoadTail(D d, const T* HWY_RESTRICT from, std::size_t count) {
#if HWY_TARGET <= HWY_AVX3
  return hn::MaskedLoad(hn::FirstN(d, count), d, from);
#else
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i] = from[i];
  return hn::Load(d, lanes);
#endif
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void StoreTail(hn::Vec<D> value, D d, T* HWY_RESTRICT to, std::size_t count) {
#if HWY_TARGET <= HWY_AVX3
  hn::BlendedStore(value, hn::FirstN(d, count), d, to);
#else
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(value, d, lanes);
  for (std::size_t i = 0; i < count; ++i) to[i] = lanes[i];
#endif
}

// Calls each(load, store, mask-to-zero) over [0, n): a whole vector at a time, then once for the tail. `load(p)` reads
// the lanes at the current position of p, `store(v, p)` writes them, `zero_tail(v)` clears the lanes after the end.
template <class D, class Each>
HWY_INLINE void ForLanes(D d, std::size_t n, const Each& each) {
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    each([&](const auto* p) HWY_ATTR { return hn::LoadU(d, p + i); },
         [&](hn::Vec<D> v, auto* p) HWY_ATTR { hn::StoreU(v, d, p + i); }, [](hn::Vec<D> v) HWY_ATTR { return v; });
  }
  if (i < n) {
    const std::size_t rest = n - i;
    each([&](const auto* p) HWY_ATTR { return LoadTail(d, p + i, rest); },
         [&](hn::Vec<D> v, auto* p) HWY_ATTR { StoreTail(v, d, p + i, rest); },
         [&](hn::Vec<D> v) HWY_ATTR { return hn::IfThenElseZero(hn::FirstN(d, rest), v); });
  }
}

using Doubles = hn::Vec<Lanes<double>>;
// As many lanes as a vector of doubles has: half of a vector, or all of it where there are no vectors.
template <class T>
using WideLanes = hn::Rebind<T, Lanes<double>>;

// As many numbers as a lane adds up in T. Longer sums continue in double, so that their error depends neither on their
// length nor on the width of vectors: at most kShortSum roundings of T and one at the end.
constexpr std::size_t kShortSum = 8;

// A sum in each lane.
template <class T>
class LaneSums {
 public:
  using V = hn::Vec<Lanes<T>>;

  HWY_INLINE LaneSums() : part_(hn::Zero(Lanes<T>())), low_(hn::Zero(Lanes<double>())), high_(low_) {}

  // At most kShortSum times between two flushes.
  HWY_INLINE void Add(V value) { part_ = part_ + value; }

  HWY_INLINE void Flush() {
    const Lanes<double> wide;
    if constexpr (sizeof(T) == sizeof(double)) {
      low_ = low_ + part_;
    } else {
#if HWY_TARGET == HWY_SCALAR
      low_ = low_ + hn::PromoteTo(wide, part_);
#else
      const WideLanes<T> half;
      low_ = low_ + hn::PromoteTo(wide, hn::LowerHalf(half, part_));
      high_ = high_ + hn::PromoteTo(wide, hn::UpperHalf(half, part_));
#endif
    }
    part_ = hn::Zero(Lanes<T>());
  }

  // What has been flushed, lane by lane.
  HWY_INLINE V Each() const {
    if constexpr (sizeof(T) == sizeof(double)) {
      return low_;
    } else {
      const WideLanes<T> half;
#if HWY_TARGET == HWY_SCALAR
      return hn::DemoteTo(half, low_);
#else
      return hn::Combine(Lanes<T>(), hn::DemoteTo(half, high_), hn::DemoteTo(half, low_));
#endif
    }
  }

  // The same of all lanes together.
  HWY_INLINE double Total() const {
    const Lanes<double> wide;
    return hn::GetLane(hn::SumOfLanes(wide, low_ + high_));
  }

 private:
  V part_;
  Doubles low_, high_;
};

// Adds the first lanes of a vector to one of some sums.
template <class T>
struct AddTo {
  HWY_INLINE void operator()(std::size_t sum, hn::Vec<Lanes<T>> value) const { sums[sum].Add(value); }
  LaneSums<T>* sums;
};
template <class T>
struct AddTailTo {
  HWY_INLINE void operator()(std::size_t sum, hn::Vec<Lanes<T>> value) const {
    sums[sum].Add(hn::IfThenElseZero(hn::FirstN(Lanes<T>(), count), value));
  }
  LaneSums<T>* sums;
  std::size_t count;
};

// As ForLanes, for each(load, store, add), where add(s, v) adds the lanes of v up to the end to sum s. Gives the sums.
template <std::size_t kSums, class D, class Each>
HWY_INLINE std::array<double, kSums> AddUp(D d, std::size_t n, const Each& each) {
  using T = hn::TFromD<D>;
  const std::size_t lanes = hn::Lanes(d), whole = n - n % lanes;
  LaneSums<T> sums[kSums];
  std::size_t i = 0;
  while (i < whole) {
    const std::size_t end = whole - i < kShortSum * lanes ? whole : i + kShortSum * lanes;
    for (; i < end; i += lanes) {
      each([&](const T* p) HWY_ATTR { return hn::LoadU(d, p + i); },
           [&](hn::Vec<D> v, T* p) HWY_ATTR { hn::StoreU(v, d, p + i); }, AddTo<T>{sums});
    }
    for (LaneSums<T>& sum : sums) sum.Flush();
  }
  if (i < n) {
    const std::size_t rest = n - i;
    each([&](const T* p) HWY_ATTR { return LoadTail(d, p + i, rest); },
         [&](hn::Vec<D> v, T* p) HWY_ATTR { StoreTail(v, d, p + i, rest); }, AddTailTo<T>{sums, rest});
    for (LaneSums<T>& sum : sums) sum.Flush();
  }
  std::array<double, kSums> totals;
  for (std::size_t s = 0; s < kSums; ++s) totals[s] = sums[s].Total();
  return totals;
}

// The sum of each(load).
template <class D, class Each>
HWY_INLINE double SumLanes(D d, std::size_t n, const Each& each) {
  return AddUp<1>(d, n, [&](auto load, auto, auto add) HWY_ATTR { add(0, each(load)); })[0];
}

// The sums of each(row) down some rows, one in each lane.
template <class T, class Each>
HWY_INLINE hn::Vec<Lanes<T>> SumDown(std::size_t rows, const Each& each) {
  LaneSums<T> sums;
  for (std::size_t row = 0; row < rows;) {
    const std::size_t end = rows - row < kShortSum ? rows : row + kShortSum;
    for (; row < end; ++row) sums.Add(each(row));
    sums.Flush();
  }
  return sums.Each();
}

// Largest of p[0, n), n > 0; NaN where one is NaN in some lane order is not promised.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE T MaxOf(D d, const T* p, std::size_t n) {
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<D> largest = hn::Set(d, p[0]);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) largest = hn::Max(largest, hn::LoadU(d, p + i));
  if (i < n) {
    const std::size_t rest = n - i;
    largest = hn::Max(largest, hn::IfThenElse(hn::FirstN(d, rest), LoadTail(d, p + i, rest), hn::Set(d, p[0])));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
