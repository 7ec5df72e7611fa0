#include "loss.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/losses.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "probabilistic-inl.h"
#include "regression-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

// Adding a loss: its functor in one of the headers above, and its line here.
constexpr Entry<LossRun> kLosses[] = {
    {"binary_crossentropy", {"from_logits", "label_smoothing"}, Elementwise<BinaryCrossentropy>()},
    {"categorical_crossentropy", {"from_logits", "label_smoothing"}, Rowwise<CategoricalCrossentropy>()},
    {"mean_absolute_error", {}, Elementwise<MeanAbsoluteError>()},
    {"mean_squared_error", {}, Elementwise<MeanSquaredError>()},
    {"sparse_categorical_crossentropy",
     {"from_logits", "ignore_class"},
     ClassIndices<SparseCategoricalCrossentropy>(1)},
};

Registry<LossRun> LossTable() { return Registry<LossRun>::of(kLosses); }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <vector>

namespace gemsbok::core {

HWY_EXPORT(LossTable);
Registry<LossRun> losses() { return HWY_DYNAMIC_DISPATCH(LossTable)(); }

namespace {

constexpr std::size_t kTileElements = std::size_t{1} << 16;

// Sets coefficients[r] to 1 where row r counts, else 0; returns whether anything masks at all.
template <class T>
bool write_mask(const Bound<LossRun>& loss, Matrix<const T> y_true, const std::uint8_t* mask, T* coefficients) {
  const int ignore = loss->ignore_parameter;
  const double ignored = ignore < 0 ? NAN : loss.parameters[static_cast<std::size_t>(ignore)];
  if (mask == nullptr && std::isnan(ignored)) {
    std::fill_n(coefficients, y_true.rows, T{1});
    return false;
  }
  for (std::size_t r = 0; r < y_true.rows; ++r) {
    const bool counts = (mask == nullptr || mask[r] != 0) && !(static_cast<double>(*y_true.row(r)) == ignored);
    coefficients[r] = counts ? T{1} : T{0};
  }
  return true;
}

template <class T>
double sum_of(const T* values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
  return sum;
}

}  // namespace

template <class T>
void loss_coefficients(const Bound<LossRun>& loss, Matrix<const T> y_true, const Weighting<T>& weighting,
                       T* coefficients) {
  const std::size_t rows = y_true.rows;
  const bool masked = write_mask(loss, y_true, weighting.mask, coefficients);
  if (masked && weighting.reduction == Reduction::kSumOverBatchSize) {
    // Kept rows weigh total / kept, so that the division by the total below is a mean over the kept ones.
    const double kept = sum_of(coefficients, rows);
    const T share = kept == 0 ? T{0} : static_cast<T>(static_cast<double>(rows) / kept);
    for (std::size_t r = 0; r < rows; ++r) coefficients[r] *= share;
  }
  if (weighting.weights != nullptr) {
    for (std::size_t r = 0; r < rows; ++r) coefficients[r] *= weighting.weights[r];
  }
  double divisor = 1;
  if (weighting.reduction == Reduction::kSumOverBatchSize) divisor = static_cast<double>(rows);
  if (weighting.reduction == Reduction::kMeanWithSampleWeight) {
    divisor = sum_of(coefficients, rows) / (masked || weighting.weights != nullptr ? weighting.weight_repeat : 1);
  }
  const T factor = divisor == 0 ? T{0} : static_cast<T>(weighting.scale / divisor);
  if (factor == T{1}) return;
  for (std::size_t r = 0; r < rows; ++r) coefficients[r] *= factor;
}

namespace {

// All rows have one coefficient and no row's own value is asked for: lanes need not stop at the rows' ends.
template <class T>
double evaluate_flat(const Bound<LossRun>& loss, const LossCall<T>& call, T coefficient, const TeamPool::Lease& team) {
  const std::size_t size = call.y_pred.size();
  const std::size_t tasks = (size + kTileElements - 1) / kTileElements;
  const T share = coefficient / static_cast<T>(call.y_pred.columns);
  std::vector<double> sums(tasks);
  team.run(tasks, [&](std::size_t task, std::size_t) {
    const std::size_t first = task * kTileElements, count = std::min(kTileElements, size - first);
    const LossTile<T> tile = {{call.y_true.data + first, 1, count},
                              {call.y_pred.data + first, 1, count},
                              &share,
                              nullptr,
                              call.grad == nullptr ? nullptr : call.grad + first};
    sums[task] = loss->functions<T>().flat(loss.parameters.data(), count, tile);
  });
  return sum_of(sums.data(), tasks) * static_cast<double>(share);
}

template <class T>
double evaluate_rows(const Bound<LossRun>& loss, const LossCall<T>& call, T* coefficients,
                     const TeamPool::Lease& team) {
  const std::size_t rows = call.y_pred.rows, columns = call.y_pred.columns;
  const std::size_t tile_rows = std::max<std::size_t>(1, kTileElements / std::max<std::size_t>(1, columns));
  const std::size_t tasks = (rows + tile_rows - 1) / tile_rows;
  std::vector<double> sums(tasks);
  std::vector<T> own(call.values == nullptr ? rows : 0);
  T* values = call.values == nullptr ? own.data() : call.values;
  team.run(tasks, [&](std::size_t task, std::size_t) {
    const std::size_t first = task * tile_rows, count = std::min(tile_rows, rows - first);
    loss->functions<T>().rows(loss.parameters.data(),
                              {call.y_true.slice(first, count), call.y_pred.slice(first, count), coefficients + first,
                               values + first, call.grad == nullptr ? nullptr : call.grad + first * columns});
    for (std::size_t r = first; r < first + count; ++r) {
      values[r] *= coefficients[r];
      sums[task] += static_cast<double>(values[r]);
    }
  });
  return sum_of(sums.data(), tasks);
}

}  // namespace

template <class T>
double evaluate_loss(const Bound<LossRun>& loss, const LossCall<T>& call, const TeamPool::Lease& team) {
  const bool uniform = call.y_pred.rows == 1 || (call.weighting.weights == nullptr && call.weighting.mask == nullptr);
  std::vector<T> coefficients(call.y_pred.rows);
  loss_coefficients(loss, call.y_true, call.weighting, coefficients.data());
  if (uniform && call.values == nullptr && loss->functions<T>().flat != nullptr && !coefficients.empty()) {
    return evaluate_flat(loss, call, coefficients[0], team);
  }
  return evaluate_rows(loss, call, coefficients.data(), team);
}

template void loss_coefficients(const Bound<LossRun>&, Matrix<const float>, const Weighting<float>&, float*);
template void loss_coefficients(const Bound<LossRun>&, Matrix<const double>, const Weighting<double>&, double*);
template double evaluate_loss(const Bound<LossRun>&, const LossCall<float>&, const TeamPool::Lease&);
template double evaluate_loss(const Bound<LossRun>&, const LossCall<double>&, const TeamPool::Lease&);

}  // namespace gemsbok::core

#endif  // HWY_ONCE
