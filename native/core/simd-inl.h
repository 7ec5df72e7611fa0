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
#include <limits>

#include "hwy/contrib/math/math-inl.h"
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

// The first `count` lanes from memory, zeros behind them; never touches what lies behind.
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
// the lanes at the current position of p, `store(v, p)` writes them, `zero_tail(v)` clears the lanes behind the end.
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

// As many numbers as a lane adds up in T. Longer sums go on in double, so that their error depends neither on their
// length nor on the width of vectors: at most kShortSum roundings of T and one at the end.
constexpr std::size_t kShortSum = 8;

// A sum in each lane.
template <class T>
class LaneSums {
 public:
  using V = hn::Vec<Lanes<T>>;

  HWY_INLINE LaneSums() : part_(hn::Zero(Lanes<T>())), low_(hn::Zero(Lanes<double>())), high_(low_) {}

  // At most kShortSum times between two flushes.
  HWY_INLINE void Add(V value) { part_ = hn::Add(part_, value); }

  HWY_INLINE void Flush() {
    const Lanes<double> wide;
    if constexpr (sizeof(T) == sizeof(double)) {
      low_ = hn::Add(low_, part_);
    } else {
#if HWY_TARGET == HWY_SCALAR
      low_ = hn::Add(low_, hn::PromoteTo(wide, part_));
#else
      const WideLanes<T> half;
      low_ = hn::Add(low_, hn::PromoteTo(wide, hn::LowerHalf(half, part_)));
      high_ = hn::Add(high_, hn::PromoteTo(wide, hn::UpperHalf(half, part_)));
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
    return hn::GetLane(hn::SumOfLanes(wide, hn::Add(low_, high_)));
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

// Highway's functions are defined on a part of the line only; these are defined everywhere, and NaN stays NaN. The
// namespace keeps argument-dependent look-up from finding both.
namespace math {

template <class V>
HWY_INLINE V KeepNaN(V x, V result) {
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

// 1 ULP (f32), 1 ULP (f64)
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Exp(D d, V x) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    return KeepNaN(x, hn::Exp(d, hn::Min(x, hn::Set(d, 104.0F))));
  } else {
    // Beyond 706 Highway's scaling by a power of two leaves the range although the result does not.
    const V e64 = hn::Set(d, 6235149080811616882909238708.9286);
    const V near = hn::Exp(d, hn::Min(x, hn::Set(d, 700.0)));
    const V far = hn::Mul(hn::Exp(d, hn::Min(hn::Sub(x, hn::Set(d, 64.0)), hn::Set(d, 704.0))), e64);
    return KeepNaN(x, hn::IfThenElse(hn::Gt(x, hn::Set(d, 700.0)), far, near));
  }
}

// 4 ULP; log 0 = -inf, NaN below
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Log(D d, V x) {
  using T = hn::TFromD<D>;
  const V infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  V result = hn::Log(d, x);
  result = hn::IfThenElse(hn::Eq(x, infinity), infinity, result);
  result = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), result);
  result = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, std::numeric_limits<T>::quiet_NaN()), result);
  return KeepNaN(x, result);
}

// 2 ULP, for 0 <= x
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Log1p(D d, V x) {
  return KeepNaN(x, hn::Log1p(d, x));
}

// 4 ULP, for x <= 0
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Expm1(D d, V x) {
  return KeepNaN(x, hn::Expm1(d, x));
}

// Near zero an odd polynomial (Cephes'), where a quotient of exponentials loses bits. 1.5 ULP in single precision, 0.15
// in the mean; 4 in double.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Tanh(D d, V x) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(double)) {
    return KeepNaN(x, hn::Tanh(d, x));
  } else {
    const V size = hn::Abs(x), square = hn::Mul(x, x), one = hn::Set(d, 1.0F);
    V p = hn::MulAdd(hn::Set(d, -5.70498872745E-3F), square, hn::Set(d, 2.06390887954E-2F));
    p = hn::MulAdd(p, square, hn::Set(d, -5.37397155531E-2F));
    p = hn::MulAdd(p, square, hn::Set(d, 1.33314422036E-1F));
    p = hn::MulAdd(p, square, hn::Set(d, -3.33332819422E-1F));
    const V small = hn::MulAdd(hn::Mul(p, square), x, x);
    const V e = hn::Exp(d, hn::Mul(hn::Set(d, -2.0F), size));
    const V large = hn::CopySign(hn::Sub(one, hn::Div(hn::Add(e, e), hn::Add(one, e))), x);
    return KeepNaN(x, hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.625F)), small, large));
  }
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V Sigmoid(D d, V x) {
  const V one = hn::Set(d, 1);
  return hn::Div(one, hn::Add(one, math::Exp(d, hn::Neg(x))));
}

// The sigmoid and what it lacks to 1, each with all of its digits.
template <class V>
struct Gate {
  V value, rest;
};
template <class D, class V = hn::Vec<D>>
HWY_INLINE Gate<V> SigmoidGate(D d, V x) {
  const V one = hn::Set(d, 1), e = math::Exp(d, hn::Neg(hn::Abs(x)));
  const V larger = hn::Div(one, hn::Add(one, e)), smaller = hn::Mul(e, larger);
  const auto negative = hn::Lt(x, hn::Zero(d));
  return {hn::IfThenElse(negative, smaller, larger), hn::IfThenElse(negative, larger, smaller)};
}

// log(1 + exp(x))
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Softplus(D d, V x) {
  const V positive = hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);
  return hn::Add(positive, math::Log1p(d, math::Exp(d, hn::Neg(hn::Abs(x)))));
}

// x^exponent: exact steps for whole exponents, which take any x; else 4 ULP more than exponent * ln x, NaN below 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Pow(D d, V x, double exponent) {
  constexpr double kMostSteps = 16;
  const double size = exponent < 0 ? -exponent : exponent;
  if (size > kMostSteps || size != static_cast<double>(static_cast<int>(size))) {
    return math::Exp(d, hn::Mul(hn::Set(d, static_cast<hn::TFromD<D>>(exponent)), math::Log(d, x)));
  }
  V power = hn::Set(d, 1);
  for (int step = 0; step < static_cast<int>(size); ++step) power = hn::Mul(power, x);
  return exponent < 0 ? hn::Div(hn::Set(d, 1), power) : power;
}

}  // namespace math

// The following let NaN through, unlike Min and Max.
template <class V>
HWY_INLINE V AtLeast(V x, V low) {
  return hn::IfThenElse(hn::Lt(x, low), low, x);
}

template <class V>
HWY_INLINE V Clip(V x, V low, V high) {
  return hn::IfThenElse(hn::Lt(x, low), low, hn::IfThenElse(hn::Gt(x, high), high, x));
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
