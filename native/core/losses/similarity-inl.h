#if defined(GEMSBOK_SIMILARITY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_SIMILARITY_INL_H_
#undef GEMSBOK_SIMILARITY_INL_H_
#else
#define GEMSBOK_SIMILARITY_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <limits>

#include "drivers-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Minus the cosine of the angle; a vector shorter than epsilon counts as if it were as long as that.
struct CosineSimilarity {
  static constexpr ParameterNames kParameters = {"epsilon"};
  explicit CosineSimilarity(ParametersOf<CosineSimilarity> p) : epsilon(p["epsilon"]) {}

  template <bool kGrad, class T>
  HWY_INLINE T Row(std::size_t n, const T* y_true, const T* y_pred, T coefficient, T* grad) const {
    const Lanes<T> d;
    const auto [dot, true_square, pred_square] = AddUp<3>(d, n, [&](auto load, auto, auto add) HWY_ATTR {
      const auto t = load(y_true), p = load(y_pred);
      add(0, t * p);
      add(1, t * t);
      add(2, p * p);
    });
    const double least = static_cast<double>(static_cast<T>(epsilon)), length = std::sqrt(pred_square);
    const double scale = 1 / (std::max(std::sqrt(true_square), least) * std::max(length, least));
    if constexpr (kGrad) {
      const double factor = static_cast<double>(coefficient) * scale;
      const auto along = SetDouble(d, length > least ? factor * dot / length / length : 0);
      ForLanes(d, n, [&](auto load, auto store, auto) HWY_ATTR {
        store(hn::MulSub(along, load(y_pred), factor * load(y_true)), grad);
      });
    }
    return static_cast<T>(-dot * scale);
  }

  double epsilon;
};

// log(sum(exp(x))) of what is added, one after the other.
template <class T>
class RunningLogSum {
 public:
  void Add(T x) {
    if (x > top_) {
      sum_ = sum_ * static_cast<double>(std::exp(top_ - x)) + 1;
      top_ = x;
    } else {
      sum_ += static_cast<double>(std::exp(x - top_));
    }
  }

  T value() const { return static_cast<T>(static_cast<double>(top_) + std::log(sum_)); }
  // exp(value()) in two factors, each with all of its digits: exp(top()) and total().
  T top() const { return top_; }
  T total() const { return static_cast<T>(sum_); }

 private:
  T top_ = -std::numeric_limits<T>::infinity();
  double sum_ = 0;
};

// Rows are embeddings; each is compared with all others (Sun et al. 2020).
struct Circle {
  static constexpr ParameterNames kParameters = {"gamma", "margin", "remove_diagonal"};
  explicit Circle(ParametersOf<Circle> p)
      : gamma(p["gamma"]), margin(p["margin"]), remove_diagonal(p.flag("remove_diagonal")) {}

  template <bool kGrad, class T>
  void Batch(const LossTile<T>& tile) const {
    const std::size_t rows = tile.y_pred.rows;
    const auto room = [&](std::size_t k) { return tile.scratch + k * rows; };
    const Sums<T> of = {{room(0), room(1)}, {room(2), room(3)}, room(4)};
    for (std::size_t i = 0; i < rows; ++i) {
      RunningLogSum<T> positives, negatives;
      ForPairs(tile, i, [&](std::size_t, T distance, bool positive) HWY_ATTR {
        (positive ? positives : negatives).Add(Score(distance, positive).value);
      });
      // The sum over nothing has the logarithm -inf, and softplus(-inf) is 0.
      const T x = positives.value() + negatives.value();
      tile.values[i] = (x > 0 ? x : T{0}) + std::log1p(std::exp(-std::abs(x)));
      if constexpr (kGrad) {
        of.positives.Set(i, positives);
        of.negatives.Set(i, negatives);
        of.slopes[i] = tile.coefficients[i] / (1 + std::exp(-x));
      }
    }
    for (std::size_t i = 0; kGrad && i < rows; ++i) WriteGradient(tile, i, of, room(5));
  }

  static constexpr std::size_t kScratch = 6;

 private:
  // The sums of one kind, by row.
  template <class T>
  struct KindSums {
    void Set(std::size_t row, const RunningLogSum<T>& sum) const {
      tops[row] = sum.top();
      totals[row] = sum.total();
    }
    T Share(std::size_t row, T score) const { return std::exp(score - tops[row]) / totals[row]; }
    T *tops, *totals;
  };
  // And the derivatives by the logarithms of both.
  template <class T>
  struct Sums {
    KindSums<T> positives, negatives;
    T* slopes;
  };

  // Of row i, which is in its own pairs and in those of all others: a sum of rows, each times its factor.
  template <class T>
  HWY_INLINE void WriteGradient(const LossTile<T>& tile, std::size_t i, const Sums<T>& of, T* factors) const {
    const std::size_t rows = tile.y_pred.rows, columns = tile.y_pred.columns;
    std::fill_n(factors, rows, T{0});
    ForPairs(tile, i, [&](std::size_t j, T distance, bool positive) HWY_ATTR {
      // The distance is flat where it is floored.
      if (distance <= 0) return;
      const Term<T> score = Score(distance, positive);
      const KindSums<T>& sums = positive ? of.positives : of.negatives;
      const T share = of.slopes[i] * sums.Share(i, score.value) + of.slopes[j] * sums.Share(j, score.value);
      factors[j] = -share * score.grad;
    });
    const Lanes<T> d;
    for (std::size_t c = 0; c < columns; c += hn::Lanes(d)) {
      const std::size_t count = std::min(hn::Lanes(d), columns - c);
      const auto sum = SumDown<T>(
          rows, [&](std::size_t j) HWY_ATTR { return factors[j] * LoadTail(d, tile.y_pred.row(j) + c, count); });
      StoreTail(sum, d, tile.grad + i * columns + c, count);
    }
  }

  // each(j, distance, whether j has the label of i) for all rows that i is compared with
  template <class T, class Each>
  HWY_INLINE void ForPairs(const LossTile<T>& tile, std::size_t i, const Each& each) const {
    const Lanes<T> d;
    const T label = std::trunc(*tile.y_true.row(i));
    for (std::size_t j = 0; j < tile.y_pred.rows; ++j) {
      if (i == j && remove_diagonal) continue;
      const T *a = tile.y_pred.row(i), *b = tile.y_pred.row(j);
      const double cosine = SumLanes(d, tile.y_pred.columns, [&](auto load) HWY_ATTR { return load(a) * load(b); });
      each(j, 1 - cosine < 0 ? T{0} : static_cast<T>(1 - cosine), std::trunc(*tile.y_true.row(j)) == label);
    }
  }

  // What a pair adds to the sum of its kind, and the derivative by its distance.
  template <class T>
  HWY_INLINE Term<T> Score(T distance, bool positive) const {
    const T scale = static_cast<T>(gamma), m = static_cast<T>(margin);
    if (positive) {
      const T weight = m + distance;
      return weight < 0 ? Term<T>{0, 0} : Term<T>{-scale * weight * (m - distance), 2 * scale * distance};
    }
    const T weight = 1 + m - distance;
    return weight < 0 ? Term<T>{0, 0} : Term<T>{scale * weight * (1 - m - distance), -2 * scale * (1 - distance)};
  }

  double gamma, margin;
  bool remove_diagonal;
};

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
