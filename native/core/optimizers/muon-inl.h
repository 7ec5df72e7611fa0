#if defined(GEMSBOK_MUON_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_MUON_INL_H_
#undef GEMSBOK_MUON_INL_H_
#else
#define GEMSBOK_MUON_INL_H_
#endif

#include <algorithm>

#include "../blas.h"
#include "adam-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// The update of a matrix has its singular values moved towards 1; what is not a matrix is left to Adam. Where rms_rate
// is NaN, the update is not scaled.
struct Muon {
  static constexpr ParameterNames kParameters = {"adam_beta_1", "adam_beta_2", "epsilon",       "muon_a",
                                                 "muon_b",      "muon_c",      "adam_lr_ratio", "momentum",
                                                 "ns_steps",    "nesterov",    "rms_rate"};
  using Vectors = Adam<false>;
  static constexpr Slots kMatrix = {1, {{"momentum"}}};
  static const Slots& SlotsOf(const OptimizerShape& shape) { return shape.rank == 2 ? kMatrix : Vectors::kSlots; }
  // The update and its change, each as long as the variable; a square of the short side and its own square.
  static std::size_t Scratch(const OptimizerShape& shape) {
    const std::size_t side = std::min(shape.rows, shape.columns);
    return shape.rank == 2 ? 2 * shape.size() + 2 * side * side : 0;
  }

  Muon(ParametersOf<Muon> p, const OptimizerStep& step) : p(p), step(step) {}

  template <class T>
  void Update(const OptimizerRange<T>& range) const {
    if (range.shape.rank != 2) {
      OptimizerStep own = step;
      own.learning_rate *= p["adam_lr_ratio"];
      UpdateElements(Vectors(p["adam_beta_1"], p["adam_beta_2"], p["epsilon"], own), range);
      return;
    }
    const std::size_t rows = range.shape.rows, columns = range.shape.columns;
    const bool tall = rows > columns;
    T* update = range.scratch;
    WriteDirection(range, tall ? update + range.size : update);
    if (tall) Transpose<T>({update + range.size, rows, columns}, update);
    Orthogonalize({update, std::min(rows, columns), std::max(rows, columns)}, update + range.size);
    if (tall) Transpose<T>({update, columns, rows}, update + range.size);
    const double rms_rate = p["rms_rate"];
    const double scale = std::isnan(rms_rate) ? 1 : std::sqrt(static_cast<double>(std::max(rows, columns))) * rms_rate;
    const double rate = step.learning_rate * scale;
    MapLanes(range.size, range.variable, tall ? update + range.size : update,
             [&]<class V>(V w, V u) HWY_ATTR { return hn::NegMulAdd(Set<V>(rate), u, w); });
  }

 private:
  template <class T>
  void WriteDirection(const OptimizerRange<T>& range, T* direction) const {
    const Lanes<T> d;
    const double decay = p["momentum"];
    const bool nesterov = p.flag("nesterov");
    ForLanes(d, range.size, [&](auto load, auto store, auto) HWY_ATTR {
      const auto mu = SetDouble(d, decay), g = load(range.gradient);
      const auto momentum = hn::MulAdd(mu, load(range.slots[0]), g);
      store(momentum, range.slots[0]);
      store(nesterov ? hn::MulAdd(mu, momentum, g) : momentum, direction);
    });
  }

  template <class T>
  static void Transpose(Matrix<const T> from, T* to) {
    for (std::size_t r = 0; r < from.rows; ++r) {
      for (std::size_t c = 0; c < from.columns; ++c) to[c * from.rows + r] = from.row(r)[c];
    }
  }

  // The Newton-Schulz iteration y = a y + (b y y' + c (y y')^2) y, from y of norm 1.
  template <class T>
  void Orthogonalize(Matrix<T> y, T* scratch) const {
    const std::size_t squares = y.rows * y.rows;
    const Matrix<T> change = {scratch, y.rows, y.columns};
    const Matrix<T> gram = {scratch + y.size(), y.rows, y.rows}, gram_square = {gram.data + squares, y.rows, y.rows};
    const double a = p["muon_a"], b = p["muon_b"], c = p["muon_c"],
                 norm = std::sqrt(SquareSumOf(y.size(), y.data)) + 1e-7;
    MapLanes(y.size(), y.data, [&](auto value) HWY_ATTR { return value / norm; });
    const auto steps = static_cast<std::size_t>(p["ns_steps"]);
    for (std::size_t k = 0; k < steps; ++k) {
      const auto read = [](Matrix<T> x) { return Matrix<const T>{x.data, x.rows, x.columns}; };
      blas::multiply_transposed(read(y), read(y), gram);
      blas::multiply(read(gram), read(gram), gram_square);
      MapLanes(squares, gram.data, gram_square.data,
               [&]<class V>(V first, V second) HWY_ATTR { return hn::MulAdd(Set<V>(b), first, c * second); });
      blas::multiply(read(gram), read(y), change);
      MapLanes(y.size(), y.data, change.data,
               [&]<class V>(V value, V moved) HWY_ATTR { return hn::MulAdd(Set<V>(a), value, moved); });
    }
  }

  ParametersOf<Muon> p;
  OptimizerStep step;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
