#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "../activations/activation.h"
#include "means.h"

// Metrics that count, or add up, more than a total.
namespace gemsbok::core {

// state: for each label (all as one unless `by_label`), and in it for positive and then for negative targets, the
// weight of the scores that lie above just 0, 1, ... of the thresholds
struct ThresholdCounts {
  static constexpr ParameterNames kParameters = {"top_k", "class_id", "from_logits", "by_label", "even", "thresholds"};
  explicit ThresholdCounts(ParametersOf<ThresholdCounts> p)
      : top_k(p["top_k"]),
        class_id(p["class_id"]),
        from_logits(p.flag("from_logits")),
        by_label(p.flag("by_label")),
        even(p.flag("even")),
        thresholds(p.list("thresholds")) {}

  std::size_t buckets() const { return thresholds.size() + 1; }
  std::size_t state_size(std::size_t columns) const { return 2 * buckets() * (by_label ? columns : 1); }

  // How many thresholds lie below the score; none for NaN.
  template <class T>
  std::size_t below(T score) const {
    if (!even) {
      const auto lies_below = [](double threshold, T value) { return static_cast<T>(threshold) < value; };
      const auto above = std::lower_bound(thresholds.begin(), thresholds.end(), score, lies_below);
      return static_cast<std::size_t>(above - thresholds.begin());
    }
    if (std::isnan(score)) return 0;
    // Keras' own arithmetic for evenly spaced thresholds: it decides scores that are within rounding of one.
    const T steps = static_cast<T>(thresholds.size() - 1);
    const auto count = static_cast<std::size_t>(std::ceil(std::clamp(score, T{0}, T{1}) * steps));
    return thresholds.front() < 0 ? std::max<std::size_t>(count, 1) : count;
  }

  // The k-th in the order of falling scores, the first of equal ones; NaN has no place in it.
  template <class T>
  struct Cutoff {
    const T* last = nullptr;

    static bool before(const T* a, const T* b) { return *a > *b || (*a == *b && a < b); }

    Cutoff(const T* scores, std::size_t columns, double k) {
      if (k == 0 || k >= static_cast<double>(columns)) return;
      for (std::size_t place = 0; place < static_cast<std::size_t>(k); ++place) {
        const T* next = nullptr;
        for (const T* s = scores; s < scores + columns; ++s) {
          if (std::isnan(*s) || (last != nullptr && !before(last, s))) continue;
          if (next == nullptr || before(s, next)) next = s;
        }
        if (next == nullptr) return;
        last = next;
      }
    }

    bool keeps(const T* score) const { return last == nullptr || !before(last, score); }
  };

  // Scores of a row as probabilities, a piece at a time.
  template <class T>
  void each_score(std::size_t columns, const T* scores, const auto& each) const {
    if (!from_logits) {
      for (std::size_t c = 0; c < columns; ++c) each(c, scores[c]);
      return;
    }
    static const Entry<ActivationRun>& sigmoid = activations().get("sigmoid");
    std::array<T, 64> piece;
    for (std::size_t first = 0; first < columns; first += piece.size()) {
      const std::size_t count = std::min(piece.size(), columns - first);
      std::copy_n(scores + first, count, piece.data());
      sigmoid.run.functions.of<T>().forward({}, 1, count, piece.data(), piece.data());
      for (std::size_t c = 0; c < count; ++c) each(first + c, piece[c]);
    }
  }

  template <class T>
  void accumulate(const MetricTile<T>& tile, double* state) const {
    const std::size_t columns = tile.y_pred.columns;
    for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
      const T* y_true = tile.y_true.row(r);
      const T* y_pred = tile.y_pred.row(r);
      const Cutoff<T> cutoff(y_pred, columns, top_k);
      each_score(columns, y_pred, [&](std::size_t c, T score) {
        if (!std::isnan(class_id) && class_id != static_cast<double>(c)) return;
        const std::size_t row = 2 * (by_label ? c : 0) + (y_true[c] == 0 ? 1 : 0);
        const std::size_t bucket = cutoff.keeps(y_pred + c) ? below(score) : 0;
        state[row * buckets() + bucket] += tile.weight(r, c);
      });
    }
  }

  double top_k;     // 0: all
  double class_id;  // NaN: all
  bool from_logits, by_label, even;
  std::span<const double> thresholds;  // ascending
};

// state: for each column true positives, false positives, false negatives, weight of the targets
struct FScore {
  static constexpr ParameterNames kParameters = {"threshold"};
  explicit FScore(ParametersOf<FScore> p) : threshold(p["threshold"]) {}

  static std::size_t state_size(std::size_t columns) { return 4 * columns; }

  template <class T>
  void accumulate(const MetricTile<T>& tile, double* state) const {
    const std::size_t columns = tile.y_pred.columns;
    const bool largest = std::isnan(threshold);
    for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
      const T* scores = tile.y_pred.row(r);
      const T best = largest ? scores[argmax(scores, columns)] : static_cast<T>(threshold);
      for (std::size_t c = 0; c < columns; ++c) {
        const bool predicted =
            largest ? scores[c] >= best && std::abs(scores[c]) > static_cast<T>(1e-9) : scores[c] > best;
        const double t = static_cast<double>(tile.y_true.row(r)[c]), weight = tile.weight(r, c);
        double* sums = state + 4 * c;
        sums[0] += predicted ? weight * t : 0;
        sums[1] += predicted ? weight * (1 - t) : 0;
        sums[2] += predicted ? 0 : weight * t;
        sums[3] += weight * t;
      }
    }
  }

  double threshold;  // NaN: the largest of the row are predicted, unless they are 0
};

// state: [num_classes, num_classes], a row for each label, a column for each prediction
struct ConfusionMatrix {
  static constexpr ParameterNames kParameters = {"num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred",
                                                 "threshold"};
  explicit ConfusionMatrix(ParametersOf<ConfusionMatrix> p)
      : classes(p["num_classes"]),
        ignored(p["ignore_class"]),
        sparse_true(p.flag("sparse_y_true")),
        sparse_pred(p.flag("sparse_y_pred")),
        threshold(p["threshold"]) {}

  std::size_t state_size(std::size_t) const { return static_cast<std::size_t>(classes * classes); }

  template <class T>
  void accumulate(const MetricTile<T>& tile, double* state) const {
    const std::size_t pairs = sparse_true && sparse_pred ? std::min(tile.y_true.columns, tile.y_pred.columns) : 1;
    for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
      const T *y_true = tile.y_true.row(r), *y_pred = tile.y_pred.row(r);
      for (std::size_t c = 0; c < pairs; ++c) {
        const T label = sparse_true ? y_true[c] : static_cast<T>(argmax(y_true, tile.y_true.columns));
        const T prediction = sparse_pred ? y_pred[c] : static_cast<T>(argmax(y_pred, tile.y_pred.columns));
        add(label, prediction, tile.weight(r, c), state);
      }
    }
  }

  template <class T>
  void add(T label, T prediction, double weight, double* state) const {
    if (static_cast<double>(label) == ignored) return;
    if (!std::isnan(threshold)) prediction = prediction >= static_cast<T>(threshold) ? T{1} : T{0};
    // Truncated towards 0; pairs outside of the matrix, and NaN, do not count.
    const double row = std::trunc(static_cast<double>(label)), column = std::trunc(static_cast<double>(prediction));
    if (row >= 0 && row < classes && column >= 0 && column < classes) {
      state[static_cast<std::size_t>(row * classes + column)] += weight;
    }
  }

  double classes, ignored;  // NaN: none is ignored
  bool sparse_true, sparse_pred;
  double threshold;  // NaN: none
};

// state: rows, and for each column sum and sum of squares of the targets, sum of squared errors, sum of weights
struct R2Score {
  static std::size_t state_size(std::size_t columns) { return 1 + 4 * columns; }

  template <class T>
  static void accumulate(const MetricTile<T>& tile, double* state) {
    state[0] += static_cast<double>(tile.y_pred.rows);
    for (std::size_t r = 0; r < tile.y_pred.rows; ++r) {
      for (std::size_t c = 0; c < tile.y_pred.columns; ++c) {
        const double t = static_cast<double>(tile.y_true.row(r)[c]), weight = tile.weight(r, c);
        const double error = t - static_cast<double>(tile.y_pred.row(r)[c]);
        double* sums = state + 1 + 4 * c;
        sums[0] += weight * t;
        sums[1] += weight * t * t;
        sums[2] += weight * error * error;
        sums[3] += weight;
      }
    }
  }
};

}  // namespace gemsbok::core
