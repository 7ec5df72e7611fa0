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

// parameters: beta_2_decay, epsilon_1, epsilon_2, clip_threshold, and relative_step, which has no effect: the rate is
// bounded by 1 / sqrt(t) in any case. Of matrices only the means of the squares over rows and columns are remembered.
struct Adafactor {
  static constexpr Slots kFactors = {
      3, {{"r", Slot::Shape::kWithoutColumns}, {"c", Slot::Shape::kWithoutRows}, {"velocity"}}};
  // Keras has a number in place of each factor that a vector does not have.
  static constexpr Slots kVector = {3, {{"r", Slot::Shape::kScalar}, {"c", Slot::Shape::kScalar}, {"velocity"}}};
  static const Slots& SlotsOf(const double*, const OptimizerShape& shape) {
    return shape.rank < 2 ? kVector : kFactors;
  }
  static std::size_t Scratch(const OptimizerShape&) { return 0; }

  Adafactor(const double* p, const OptimizerStep& step)
      : beta_2(1 - std::pow(UpdateNumber(step), p[0])),
        epsilon_1(p[1]),
        epsilon_2(p[2]),
        threshold(p[3]),
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
      moves = AddSquare<T>(moves, zero_tail(hn::Div(load(range.gradient), hn::Sqrt(load(range.slots[2])))));
    });
    const double excess = std::sqrt(TotalOf(moves) / static_cast<double>(range.size)) / threshold;
    // NaN stays.
    const double factor = std::fmax(epsilon_2, length) * rate / (excess <= 1 ? 1 : excess);
    ForLanes(d, range.size, [&](auto load, auto store, auto) HWY_ATTR {
      const auto move = hn::Div(load(range.gradient), hn::Sqrt(load(range.slots[2])));
      store(hn::NegMulAdd(SetDouble(d, factor), move, load(range.variable)), range.variable);
    });
  }

 private:
  template <class T>
  static double RootMeanSquare(std::size_t size, const T* x) {
    return std::sqrt(SquareSumOf(size, x) / static_cast<double>(size));
  }

  template <class D, class V>
  HWY_INLINE V Square(D d, V g) const {
    return hn::MulAdd(g, g, SetDouble(d, epsilon_1));
  }

  template <class T>
  void UpdateMeans(std::size_t size, const T* gradient, T* means) const {
    MapLanes(size, means, gradient,
             [&](auto d, auto mean, auto g) HWY_ATTR { return Towards(d, mean, Square(d, g), beta_2); });
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
      const double sum =
          SumLanes(Lanes<T>(), columns, [&](auto load) HWY_ATTR { return Square(Lanes<T>(), load(row)); });
      row_means[r] += (static_cast<T>(sum / static_cast<double>(columns)) - row_means[r]) * static_cast<T>(1 - beta_2);
      total += static_cast<double>(row_means[r]);
    }
    const Lanes<T> d;
    ForLanes(d, columns, [&](auto load, auto store, auto) HWY_ATTR {
      const auto sum =
          SumDown<T>(rows, [&](std::size_t r) HWY_ATTR { return Square(d, load(gradient + r * columns)); });
      const auto mean = hn::Mul(sum, SetDouble(d, 1 / static_cast<double>(rows)));
      store(Towards(d, load(column_means), mean, beta_2), column_means);
    });
    const T average = static_cast<T>(total / static_cast<double>(rows));
    for (std::size_t r = 0; r < rows; ++r) {
      const T share = row_means[r] / average;
      T* velocity = range.slots[2] + (m * rows + r) * columns;
      MapLanes(columns, velocity, column_means,
               [&](auto d, auto, auto mean) HWY_ATTR { return hn::Mul(hn::Set(d, share), mean); });
    }
  }

  double beta_2, epsilon_1, epsilon_2, threshold, rate;
};

// parameters: adam_beta_1, adam_beta_2, epsilon, muon_a, muon_b, muon_c, adam_lr_ratio, momentum, ns_steps, nesterov,
// rms_rate (NaN: the update is not scaled). The update of a matrix has its singular values moved towards 1; what is no
// matrix is left to Adam.
struct Muon {
  using Vectors = Adam<false>;
  static constexpr Slots kMatrix = {1, {{"momentum"}}};
  static const Slots& SlotsOf(const double*, const OptimizerShape& shape) {
    return shape.rank == 2 ? kMatrix : Vectors::kSlots;
  }
  // The update and its change, each as long as the variable; a square of the short side and its own square.
  static std::size_t Scratch(const OptimizerShape& shape) {
    const std::size_t side = std::min(shape.rows, shape.columns);
    return shape.rank == 2 ? 2 * shape.size() + 2 * side * side : 0;
  }

  Muon(const double* p, const OptimizerStep& step) : p(p), step(step) {}

  template <class T>
  void Update(const OptimizerRange<T>& range) const {
    if (range.shape.rank != 2) {
      OptimizerStep own = step;
      own.learning_rate *= p[6];
      UpdateElements(Vectors(p, own), range);
      return;
    }
    const std::size_t rows = range.shape.rows, columns = range.shape.columns;
    const bool tall = rows > columns;
    T* update = range.scratch;
    WriteDirection(range, tall ? update + range.size : update);
    if (tall) Transpose<T>({update + range.size, rows, columns}, update);
    Orthogonalize({update, std::min(rows, columns), std::max(rows, columns)}, update + range.size);
    if (tall) Transpose<T>({update, columns, rows}, update + range.size);
    const double rms_rate = p[10];
    const double scale = std::isnan(rms_rate) ? 1 : std::sqrt(static_cast<double>(std::max(rows, columns))) * rms_rate;
    const double rate = step.learning_rate * scale;
    MapLanes(range.size, range.variable, tall ? update + range.size : update,
             [&](auto d, auto w, auto u) HWY_ATTR { return hn::NegMulAdd(SetDouble(d, rate), u, w); });
  }

 private:
  template <class T>
  void WriteDirection(const OptimizerRange<T>& range, T* direction) const {
    const Lanes<T> d;
    const double decay = p[7];
    const bool nesterov = p[9] != 0;
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
    const double a = p[3], b = p[4], c = p[5], norm = std::sqrt(SquareSumOf(y.size(), y.data)) + 1e-7;
    MapLanes(y.size(), y.data, [&](auto d, auto value) HWY_ATTR { return hn::Div(value, SetDouble(d, norm)); });
    const auto steps = static_cast<std::size_t>(p[8]);
    for (std::size_t k = 0; k < steps; ++k) {
      const auto read = [](Matrix<T> x) { return Matrix<const T>{x.data, x.rows, x.columns}; };
      blas::multiply_transposed(read(y), read(y), gram);
      blas::multiply(read(gram), read(gram), gram_square);
      MapLanes(squares, gram.data, gram_square.data, [&](auto d, auto first, auto second) HWY_ATTR {
        return hn::MulAdd(SetDouble(d, b), first, hn::Mul(SetDouble(d, c), second));
      });
      blas::multiply(read(gram), read(y), change);
      MapLanes(y.size(), y.data, change.data,
               [&](auto d, auto value, auto moved) HWY_ATTR { return hn::MulAdd(SetDouble(d, a), value, moved); });
    }
  }

  const double* p;
  OptimizerStep step;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
