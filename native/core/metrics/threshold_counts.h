#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "../activations/activation.h"
#include "metric.h"

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

}  // namespace gemsbok::core
