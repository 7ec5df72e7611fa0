#include "normalize_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "layers/normalize_rows.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include <cmath>

#include "../math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

constexpr std::size_t kPiece = 256;

struct RowStatistics {
  float mean, factor;
};

// Elements that do not stand side by side are worked on in pieces that are copied together.
class Piece {
 public:
  const float* Elements(const Rows& view, std::size_t row, std::size_t first, std::size_t count, const float* sample) {
    if (view.offsets == nullptr) return sample + row * view.columns + first;
    for (std::size_t i = 0; i < count; ++i) elements_[i] = sample[view.at(row, first + i)];
    return elements_;
  }

  const float* Weights(const Rows& view, std::size_t row, std::size_t first, std::size_t count, const float* weights) {
    if (weights == nullptr) return nullptr;
    const float* of_row = weights + row * view.row_weights;
    if (view.run == 1) return of_row + first;
    for (std::size_t i = 0; i < count; ++i) elements_[i] = of_row[(first + i) / view.run];
    return elements_;
  }

  // Where to write what Put brings to its place.
  float* Room(const Rows& view, std::size_t row, std::size_t first, float* sample) {
    return view.offsets == nullptr ? sample + row * view.columns + first : elements_;
  }
  void Put(const Rows& view, std::size_t row, std::size_t first, std::size_t count, float* sample) const {
    if (view.offsets == nullptr) return;
    for (std::size_t i = 0; i < count; ++i) sample[view.at(row, first + i)] = elements_[i];
  }

 private:
  HWY_ALIGN float elements_[kPiece];
};

// Calls each(first, count) over a row.
template <class Each>
HWY_INLINE void ForPieces(const Rows& view, const Each& each) {
  const std::size_t step = view.offsets == nullptr && view.run == 1 ? view.columns : kPiece;
  for (std::size_t first = 0; first < view.columns; first += step) {
    each(first, view.columns - first < step ? view.columns - first : step);
  }
}

HWY_INLINE RowStatistics Measure(const RowNorm& norm, std::size_t row, const float* sample) {
  const Lanes<float> d;
  const auto columns = static_cast<double>(norm.view.columns);
  Piece piece;
  double sum = 0, squares = 0;
  if (norm.scale == RowScale::kDeviation) {
    ForPieces(norm.view, [&](std::size_t first, std::size_t count) HWY_ATTR {
      const float* x = piece.Elements(norm.view, row, first, count, sample);
      sum += SumLanes(d, count, [&](auto load) HWY_ATTR { return load(x); });
    });
  }
  const auto first_mean = static_cast<float>(sum / columns);
  sum = 0;
  ForPieces(norm.view, [&](std::size_t first, std::size_t count) HWY_ATTR {
    const float* x = piece.Elements(norm.view, row, first, count, sample);
    const auto [of_differences, of_squares] = AddUp<2>(d, count, [&](auto load, auto, auto add) HWY_ATTR {
      const auto difference = load(x) - first_mean;
      add(0, difference);
      add(1, difference * difference);
    });
    sum += of_differences;
    squares += of_squares;
  });
  if (norm.scale == RowScale::kNorm) {
    const double factor = 1 / std::sqrt(squares), most = 1 / norm.epsilon;
    return {0, static_cast<float>(factor > most ? most : factor)};
  }
  // What the differences from a mean add up to shows its rounding, which a mean far from zero would not forgive.
  const double shift = norm.scale == RowScale::kDeviation ? sum / columns : 0;
  const double variance = squares / columns - shift * shift;
  return {static_cast<float>(static_cast<double>(first_mean) + shift),
          static_cast<float>(1 / std::sqrt((variance < 0 ? 0 : variance) + norm.epsilon))};
}

void Forward(const RowNorm& norm, const RowForward& call) {
  const Lanes<float> d;
  const Rows& view = norm.view;
  Piece elements, gammas, betas;
  for (std::size_t i = 0; i < call.samples * view.rows; ++i) {
    const std::size_t row = i % view.rows, sample = i / view.rows * view.size();
    const RowStatistics statistics = Measure(norm, row, call.x + sample);
    if (call.kept != nullptr) {
      call.kept[2 * i] = statistics.mean;
      call.kept[2 * i + 1] = statistics.factor;
    }
    const auto mean = hn::Set(d, statistics.mean), factor = hn::Set(d, statistics.factor);
    ForPieces(view, [&](std::size_t first, std::size_t count) HWY_ATTR {
      const float* x = elements.Elements(view, row, first, count, call.x + sample);
      const float* gamma = gammas.Weights(view, row, first, count, call.gamma);
      const float* beta = betas.Weights(view, row, first, count, call.beta);
      float* y = elements.Room(view, row, first, call.y + sample);
      ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
        const auto scale = gamma == nullptr ? factor : factor * load(gamma);
        const auto offset = beta == nullptr ? hn::Zero(d) : load(beta);
        store(hn::MulAdd(load(x) - mean, scale, offset), y);
      });
      elements.Put(view, row, first, count, call.y + sample);
    });
  }
}

// What the dependence of mean and factor on x takes off: constant + (x - mean) slope.
struct RowCorrection {
  float constant, slope;
};

HWY_INLINE RowCorrection Correct(const RowNorm& norm, const RowStatistics& statistics, double sum, double sum_x) {
  const double factor = static_cast<double>(statistics.factor), columns = static_cast<double>(norm.view.columns);
  if (norm.scale == RowScale::kNorm) {
    const bool at_limit = statistics.factor >= static_cast<float>(1 / norm.epsilon);
    return {0, at_limit ? 0.0F : static_cast<float>(factor * factor * sum_x)};
  }
  const double constant = norm.scale == RowScale::kDeviation ? sum / columns : 0;
  return {static_cast<float>(constant), static_cast<float>(factor * factor * sum_x / columns)};
}

void Backward(const RowNorm& norm, const RowBackward& call) {
  const Lanes<float> d;
  const Rows& view = norm.view;
  Piece elements, gradients, gammas;
  for (std::size_t i = 0; i < call.samples * view.rows; ++i) {
    const std::size_t row = i % view.rows, sample = i / view.rows * view.size();
    const RowStatistics statistics = {call.kept[2 * i], call.kept[2 * i + 1]};
    const auto mean = hn::Set(d, statistics.mean), factor = hn::Set(d, statistics.factor);
    // Calls each(x, grad, gamma) for each piece.
    const auto for_pieces = [&](const auto& each) HWY_ATTR {
      ForPieces(view, [&](std::size_t first, std::size_t count) HWY_ATTR {
        const float* x = elements.Elements(view, row, first, count, call.x + sample);
        const float* grad = gradients.Elements(view, row, first, count, call.grad + sample);
        each(first, count, x, grad, gammas.Weights(view, row, first, count, call.gamma));
      });
    };
    const auto upstream = [](auto load, const float* grad, const float* gamma)
                              HWY_ATTR { return gamma == nullptr ? load(grad) : load(grad) * load(gamma); };
    double sum = 0, sum_x = 0;
    for_pieces([&](std::size_t, std::size_t count, const float* x, const float* grad, const float* gamma) HWY_ATTR {
      const auto [of_grad, of_grad_x] = AddUp<2>(d, count, [&](auto load, auto, auto add) HWY_ATTR {
        const auto up = upstream(load, grad, gamma);
        add(0, up);
        add(1, up * (load(x) - mean));
      });
      sum += of_grad;
      sum_x += of_grad_x;
    });
    const RowCorrection correction = Correct(norm, statistics, sum, sum_x);
    const auto constant = hn::Set(d, correction.constant), slope = hn::Set(d, correction.slope);
    for_pieces([&](std::size_t first, std::size_t count, const float* x, const float* grad, const float* gamma)
                   HWY_ATTR {
                     float* grad_x = gradients.Room(view, row, first, call.grad_x + sample);
                     ForLanes(d, count, [&](auto load, auto store, auto) HWY_ATTR {
                       const auto off = hn::MulAdd(load(x) - mean, slope, constant);
                       store(factor * (upstream(load, grad, gamma) - off), grad_x);
                     });
                     gradients.Put(view, row, first, count, call.grad_x + sample);
                   });
  }
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(Forward);
HWY_EXPORT(Backward);

void normalize_rows(const RowNorm& norm, const RowForward& call) { HWY_DYNAMIC_DISPATCH(Forward)(norm, call); }

void normalize_rows_gradient(const RowNorm& norm, const RowBackward& call) {
  HWY_DYNAMIC_DISPATCH(Backward)(norm, call);
}

}  // namespace gemsbok::core

#endif  // HWY_ONCE
