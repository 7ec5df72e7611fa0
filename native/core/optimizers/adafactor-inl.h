#if defined(GEMSBOK_ADAFACTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_ADAFACTOR_INL_H_
#undef GEMSBOK_ADAFACTOR_INL_H_
#else
#define GEMSBOK_ADAFACTOR_INL_H_
#endif

#include "moments-inl.h"

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

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
