// Activations of straight pieces, and one parabola.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "activations/piecewise.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <limits>

#include "elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

struct Linear : FromOutput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return z;
  }
  template <class V>
  HWY_INLINE V Backward(V, V, V upstream) const {
    return upstream;
  }
};

struct Relu {
  static constexpr ParameterNames kParameters = {"negative_slope", "max_value", "threshold"};
  explicit Relu(ParametersOf<Relu> p) : slope(p["negative_slope"]), most(p["max_value"]), threshold(p["threshold"]) {}

  bool NeedsInput() const { return slope != 0 || bounded() || threshold != 0; }
  bool bounded() const { return most != std::numeric_limits<double>::infinity(); }

  template <class V>
  HWY_INLINE V Forward(V z) const {
    V y = hn::IfThenZeroElse(z <= threshold, z);
    if (bounded()) y = Clip(y, 0, most);
    if (slope != 0) {
      const V below = hn::IfThenElseZero(z < threshold, threshold - z);
      y = hn::NegMulAdd(Set<V>(slope), below, y);
    }
    return y;
  }

  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    V grad = hn::IfThenZeroElse(z <= threshold, upstream);
    if (bounded()) grad = hn::IfThenZeroElse(hn::Or(z < 0, z >= most), grad);
    if (slope != 0) grad = grad + hn::IfThenElseZero(z < threshold, upstream * slope);
    return grad;
  }

  double slope, most, threshold;
};

struct LeakyRelu {
  static constexpr ParameterNames kParameters = {"negative_slope"};
  explicit LeakyRelu(ParametersOf<LeakyRelu> p) : slope(p["negative_slope"]) {}
  // y has the sign of z unless the slope turns it round.
  bool NeedsInput() const { return slope < 0; }

  template <class V>
  HWY_INLINE V Forward(V z) const {
    return hn::IfThenElse(z > 0, z, z * slope);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    return hn::IfThenElse(z > 0, upstream, upstream * slope);
  }

  double slope;
};

// A line that is cut off at both ends; the derivative at an end is 0.
struct CutLine : FromOutput {
  CutLine(double slope, double offset, double low, double high) : slope(slope), offset(offset), low(low), high(high) {}

  template <class V>
  HWY_INLINE V Forward(V z) const {
    return Clip(hn::MulAdd(z, Set<V>(slope), Set<V>(offset)), low, high);
  }
  template <class V>
  HWY_INLINE V Backward(V, V y, V upstream) const {
    return hn::IfThenZeroElse(hn::Or(y <= low, y >= high), upstream * slope);
  }

  double slope, offset, low, high;
};

struct Relu6 : CutLine {
  Relu6() : CutLine(1, 0, 0, 6) {}
};

struct HardTanh : CutLine {
  HardTanh() : CutLine(1, 0, -1, 1) {}
};

struct HardSigmoid : CutLine {
  HardSigmoid() : CutLine(1.0 / 6, 0.5, 0, 1) {}
};

struct SparseSigmoid : CutLine {
  SparseSigmoid() : CutLine(0.5, 0.5, 0, 1) {}
};

// z times the hard sigmoid
struct HardSilu : FromInput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    return z * HardSigmoid().Forward(z);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    const V gate = HardSigmoid().Forward(z);
    return hn::MulAdd(z, HardSigmoid().Backward(z, gate, upstream), upstream * gate);
  }
};

// ((z + 1) / 2)^2 between -1 and 1: the derivative is the sparse sigmoid.
struct SparsePlus : FromInput {
  template <class V>
  HWY_INLINE V Forward(V z) const {
    const V half = SparseSigmoid().Forward(z);
    return hn::IfThenElse(z >= 1, z, half * half);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    return upstream * SparseSigmoid().Forward(z);
  }
};

struct HardShrink : FromInput {
  static constexpr ParameterNames kParameters = {"threshold"};
  explicit HardShrink(ParametersOf<HardShrink> p) : threshold(p["threshold"]) {}

  template <class V>
  HWY_INLINE V Forward(V z) const {
    return Backward(z, z, z);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    return hn::IfThenZeroElse(hn::Abs(z) <= threshold, upstream);
  }

  double threshold;
};

struct SoftShrink : FromInput {
  static constexpr ParameterNames kParameters = {"threshold"};
  explicit SoftShrink(ParametersOf<SoftShrink> p) : threshold(p["threshold"]) {}

  template <class V>
  HWY_INLINE V Forward(V z) const {
    const V above = hn::IfThenElseZero(z > threshold, z - threshold);
    return math::KeepNaN(z, hn::IfThenElse(z < -threshold, z + threshold, above));
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    return hn::IfThenZeroElse(hn::Abs(z) <= threshold, upstream);
  }

  double threshold;
};

struct Threshold : FromInput {
  static constexpr ParameterNames kParameters = {"threshold", "default_value"};
  explicit Threshold(ParametersOf<Threshold> p) : threshold(p["threshold"]), value(p["default_value"]) {}

  template <class V>
  HWY_INLINE V Forward(V z) const {
    return hn::IfThenElse(z <= threshold, Set<V>(value), z);
  }
  template <class V>
  HWY_INLINE V Backward(V z, V, V upstream) const {
    return hn::IfThenZeroElse(z <= threshold, upstream);
  }

  double threshold, value;
};

constexpr Entry<ActivationRun> kPiecewise[] = {
    Elementwise<HardShrink>("hard_shrink"),
    Elementwise<HardSigmoid>("hard_sigmoid"),
    Elementwise<HardSilu>("hard_silu"),
    Elementwise<HardTanh>("hard_tanh"),
    Elementwise<LeakyRelu>("leaky_relu"),
    Elementwise<Linear>("linear"),
    Elementwise<Relu>("relu"),
    Elementwise<Relu6>("relu6"),
    Elementwise<SoftShrink>("soft_shrink"),
    Elementwise<SparsePlus>("sparse_plus"),
    Elementwise<SparseSigmoid>("sparse_sigmoid"),
    Elementwise<Threshold>("threshold"),
};

Registry<ActivationRun> PiecewiseTable() { return Registry<ActivationRun>::of(kPiecewise); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(PiecewiseTable);
Registry<ActivationRun> piecewise_activations() { return HWY_DYNAMIC_DISPATCH(PiecewiseTable)(); }

}  // namespace gemsbok::core

#endif  // HWY_ONCE
