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
  using FromOutput::FromOutput;

  template <class D, class V>
  HWY_INLINE V Forward(D, V z) const {
    return z;
  }
  template <class D, class V>
  HWY_INLINE V Backward(D, V, V, V upstream) const {
    return upstream;
  }
};

// parameters: negative_slope, max_value, threshold
struct Relu {
  explicit Relu(const double* p) : slope(p[0]), most(p[1]), threshold(p[2]) {}
  static bool NeedsInput(const double* p) {
    return p[0] != 0 || p[1] != std::numeric_limits<double>::infinity() || p[2] != 0;
  }

  bool bounded() const { return most != std::numeric_limits<double>::infinity(); }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    const V bound = SetDouble(d, threshold), zero = hn::Zero(d);
    V y = hn::IfThenElse(hn::Le(z, bound), zero, z);
    if (bounded()) y = Clip(y, zero, SetDouble(d, most));
    if (slope != 0) {
      const V below = hn::IfThenElseZero(hn::Lt(z, bound), hn::Sub(bound, z));
      y = hn::NegMulAdd(SetDouble(d, slope), below, y);
    }
    return y;
  }

  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    const V bound = SetDouble(d, threshold), zero = hn::Zero(d);
    V grad = hn::IfThenElse(hn::Le(z, bound), zero, upstream);
    if (bounded()) {
      const auto clipped = hn::Or(hn::Lt(z, zero), hn::Ge(z, SetDouble(d, most)));
      grad = hn::IfThenElse(clipped, zero, grad);
    }
    if (slope != 0) {
      const V part = hn::Mul(upstream, SetDouble(d, slope));
      grad = hn::Add(grad, hn::IfThenElseZero(hn::Lt(z, bound), part));
    }
    return grad;
  }

  double slope, most, threshold;
};

// parameters: negative_slope
struct LeakyRelu {
  explicit LeakyRelu(const double* p) : slope(p[0]) {}
  // y has the sign of z unless the slope turns it round.
  static bool NeedsInput(const double* p) { return p[0] < 0; }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), z, hn::Mul(z, SetDouble(d, slope)));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), upstream, hn::Mul(upstream, SetDouble(d, slope)));
  }

  double slope;
};

// A line that is cut off at both ends; the derivative at an end is 0.
struct CutLine {
  CutLine(double slope, double offset, double low, double high) : slope(slope), offset(offset), low(low), high(high) {}
  static bool NeedsInput(const double*) { return false; }

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    const V line = hn::MulAdd(z, SetDouble(d, slope), SetDouble(d, offset));
    return Clip(line, SetDouble(d, low), SetDouble(d, high));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V, V y, V upstream) const {
    const auto cut = hn::Or(hn::Le(y, SetDouble(d, low)), hn::Ge(y, SetDouble(d, high)));
    return hn::IfThenZeroElse(cut, hn::Mul(upstream, SetDouble(d, slope)));
  }

  double slope, offset, low, high;
};

struct Relu6 : CutLine {
  explicit Relu6(const double*) : CutLine(1, 0, 0, 6) {}
};

struct HardTanh : CutLine {
  explicit HardTanh(const double*) : CutLine(1, 0, -1, 1) {}
};

struct HardSigmoid : CutLine {
  explicit HardSigmoid(const double*) : CutLine(1.0 / 6, 0.5, 0, 1) {}
};

struct SparseSigmoid : CutLine {
  explicit SparseSigmoid(const double*) : CutLine(0.5, 0.5, 0, 1) {}
};

// z times the hard sigmoid
struct HardSilu : FromInput {
  using FromInput::FromInput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::Mul(z, HardSigmoid(nullptr).Forward(d, z));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    const HardSigmoid sigmoid(nullptr);
    const V gate = sigmoid.Forward(d, z);
    return hn::MulAdd(z, sigmoid.Backward(d, z, gate, upstream), hn::Mul(upstream, gate));
  }
};

// ((z + 1) / 2)^2 between -1 and 1: the derivative is the sparse sigmoid.
struct SparsePlus : FromInput {
  using FromInput::FromInput;

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    const V half = SparseSigmoid(nullptr).Forward(d, z);
    return hn::IfThenElse(hn::Ge(z, hn::Set(d, 1)), z, hn::Mul(half, half));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    return hn::Mul(upstream, SparseSigmoid(nullptr).Forward(d, z));
  }
};

// parameters: threshold
struct HardShrink : FromInput {
  explicit HardShrink(const double* p) : FromInput(p), threshold(p[0]) {}

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return Backward(d, z, z, z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    return hn::IfThenZeroElse(hn::Le(hn::Abs(z), SetDouble(d, threshold)), upstream);
  }

  double threshold;
};

// parameters: threshold
struct SoftShrink : FromInput {
  explicit SoftShrink(const double* p) : FromInput(p), threshold(p[0]) {}

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    const V bound = SetDouble(d, threshold);
    const V above = hn::IfThenElseZero(hn::Gt(z, bound), hn::Sub(z, bound));
    return math::KeepNaN(z, hn::IfThenElse(hn::Lt(z, hn::Neg(bound)), hn::Add(z, bound), above));
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    return hn::IfThenZeroElse(hn::Le(hn::Abs(z), SetDouble(d, threshold)), upstream);
  }

  double threshold;
};

// parameters: threshold, default_value
struct Threshold : FromInput {
  explicit Threshold(const double* p) : FromInput(p), threshold(p[0]), value(p[1]) {}

  template <class D, class V>
  HWY_INLINE V Forward(D d, V z) const {
    return hn::IfThenElse(hn::Le(z, SetDouble(d, threshold)), SetDouble(d, value), z);
  }
  template <class D, class V>
  HWY_INLINE V Backward(D d, V z, V, V upstream) const {
    return hn::IfThenZeroElse(hn::Le(z, SetDouble(d, threshold)), upstream);
  }

  double threshold, value;
};

constexpr Entry<ActivationRun> kPiecewise[] = {
    {"hard_shrink", {"threshold"}, Elementwise<HardShrink>()},
    {"hard_sigmoid", {}, Elementwise<HardSigmoid>()},
    {"hard_silu", {}, Elementwise<HardSilu>()},
    {"hard_tanh", {}, Elementwise<HardTanh>()},
    {"leaky_relu", {"negative_slope"}, Elementwise<LeakyRelu>()},
    {"linear", {}, Elementwise<Linear>()},
    {"relu", {"negative_slope", "max_value", "threshold"}, Elementwise<Relu>()},
    {"relu6", {}, Elementwise<Relu6>()},
    {"soft_shrink", {"threshold"}, Elementwise<SoftShrink>()},
    {"sparse_plus", {}, Elementwise<SparsePlus>()},
    {"sparse_sigmoid", {}, Elementwise<SparseSigmoid>()},
    {"threshold", {"threshold", "default_value"}, Elementwise<Threshold>()},
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
