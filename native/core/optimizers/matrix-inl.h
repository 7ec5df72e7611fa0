// Optimizers that treat a variable as a matrix.
#if defined(GEMSBOK_MATRIX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_MATRIX_INL_H_
#undef GEMSBOK_MATRIX_INL_H_
#else
#define GEMSBOK_MATRIX_INL_H_
#endif

#include <algorithm>

#include "../blas.h"
#include "adam-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// relative_step has no effect: the rate is bounded by 1 / sqrt(t) in any case. Of matrices only the means of the
// squares over rows and columns are kept.
struct Adafactor {
  static constexpr ParameterNames kParameters = {"beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold",
                                                 "relative_step"};
  static constexpr Slots kFactors = {
      3, {{"r", Slot::Shape::kWithoutColumns}, {"c", Slot::Shape::kWithoutRows}, {"velocity"}}};
  // Keras has a number in place of each factor that a vector does not have.
  static constexpr Slots kVector = {3, {{"r", Slot::Shape::kScalar}, {"c", Slot::Shape::kScalar}, {"velocity"}}};
  static const Slots& SlotsOf(const OptimizerShape& shape) { return shape.rank < 2 ? kVector : kFactors; }
  static std::size_t Scratch(const OptimizerShape&) { return 0; }

  Adafactor(ParametersOf<Adafactor> p, const OptimizerStep& step)
      : beta_2(1 - std::pow(UpdateNumber(step), p["beta_2_decay"])),
        epsilon_1(p["epsilon_1"]),
        epsilon_2(p["epsilon_2"]),
        threshold(p["clip_threshold"]),
        rate(std::fmin(step.learning_rate, 1 / std::sqrt(UpdateNumber(step)))) {}

  template <class T>
  void Update(const OptimizerRange<T>& range) const {
    if (range.shape.rank < 2) {
      UpdateMeans(range.size, range.gradient, range.slots[2]);
    } else {
      for (std::size_t m = 0; m < range.shape.matrices; ++m) UpdateFactors(range, m);
    }
    const double length = RootMeanSquare(range.size, range.variable);
    const WideLanes<T> d;
    Doubles moves = hn::Zero(Lanes<double>());
    ForLanes(d, range.size, [&](auto load, auto, auto zero_tail) HWY_ATTR {
      moves = AddSquare<T>(moves, zero_tail(load(range.gradient) / hn::Sqrt(load(range.slots[2]))));
    });
    const double excess = std::sqrt(TotalOf(moves) / static_cast<double>(range.size)) / threshold;
    // NaN stays.
    const double factor = std::fmax(epsilon_2, length) * rate / (excess <= 1 ? 1 : excess);
    ForLanes(d, range.size, [&](auto load, auto store, auto) HWY_ATTR {
      const auto move = load(range.gradient) / hn::Sqrt(load(range.slots[2]));
      store(hn::NegMulAdd(SetDouble(d, factor), move, load(range.variable)), range.variable);
    });
  }

 private:
  template <class T>
  static double RootMeanSquare(std::size_t size, const T* x) {
    return std::sqrt(SquareSumOf(size, x) / static_cast<double>(size));
  }

  template <class V>
  HWY_INLINE V Square(V g) const {
    return hn::MulAdd(g, g, Set<V>(epsilon_1));
  }

  template <class T>
  void UpdateMeans(std::size_t size, const T* gradient, T* means) const {
    MapLanes(size, means, gradient, [&](auto mean, auto g) HWY_ATTR { return Towards(mean, Square(g), beta_2); });
  }

  // Row and column means of the squares of matrix m, and the velocity that is their product.
  template <class T>
  void UpdateFactors(const OptimizerRange<T>& range, std::size_t m) const {
    const std::size_t rows = range.shape.rows, columns = range.shape.columns;
    const T* gradient = range.gradient + m * rows * columns;
    T *row_means = range.slots[0] + m * rows, *column_means = range.slots[1] + m * columns;
    double total = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      const T* row = gradient + r * columns;
      const double sum = SumLanes(Lanes<T>(), columns, [&](auto load) HWY_ATTR { return Square(load(row)); });
      row_means[r] += (static_cast<T>(sum / static_cast<double>(columns)) - row_means[r]) * static_cast<T>(1 - beta_2);
      total += static_cast<double>(row_means[r]);
    }
    const Lanes<T> d;
    ForLanes(d, columns, [&](auto load, auto store, auto) HWY_ATTR {
      const auto sum = SumDown<T>(rows, [&](std::size_t r) HWY_ATTR { return Square(load(gradient + r * columns)); });
      const auto mean = sum * (1 / static_cast<double>(rows));
      store(Towards(load(column_means), mean, beta_2), column_means);
    });
    const T average = static_cast<T>(total / static_cast<double>(rows));
    for (std::size_t r = 0; r < rows; ++r) {
      const T share = row_means[r] / average;
      T* velocity = range.slots[2] + (m * rows + r) * columns;
      MapLanes(columns, velocity, column_means, [&](auto, auto mean) HWY_ATTR { return share * mean; });
    }
  }

  double beta_2, epsilon_1, epsilon_2, threshold, rate;
};

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
