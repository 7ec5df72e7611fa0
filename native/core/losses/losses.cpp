#include <algorithm>
#include <cmath>

#include "groups.h"

namespace gemsbok::core {

Registry<LossRun> losses() {
  static const auto all = joined({crossentropies(), focal_losses(), hinge_losses(), overlap_losses(),
                                  probabilistic_losses(), regression_losses(), similarity_losses()});
  return all;
}

namespace {

constexpr std::size_t kTileElements = std::size_t{1} << 16;

// Which rows count: the loss itself leaves some out, and so does a mask.
template <class T>
struct RowMask {
  double ignored;            // a class, or NaN
  const T* counted;          // [rows] or null
  const std::uint8_t* mask;  // [rows] or null

  RowMask(const Bound<LossRun>& loss, const Weighting<T>& weighting)
      : ignored(loss->ignore_parameter < 0 ? NAN : loss.parameters[static_cast<std::size_t>(loss->ignore_parameter)]),
        counted(weighting.counted),
        mask(weighting.mask) {}

  bool is_own() const { return counted != nullptr || !std::isnan(ignored); }
  explicit operator bool() const { return is_own() || mask != nullptr; }
  bool keeps(Matrix<const T> y_true, std::size_t r) const {
    if ((mask != nullptr && mask[r] == 0) || (counted != nullptr && !(counted[r] > 0))) return false;
    return std::isnan(ignored) || static_cast<double>(*y_true.row(r)) != ignored;
  }
};

template <class T>
double sum_of(const T* values, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
  return sum;
}

}  // namespace

template <class T>
LossCounts count_rows(const Bound<LossRun>& loss, Matrix<const T> y_true, const Weighting<T>& weighting) {
  const RowMask<T> mask(loss, weighting);
  const bool weighs = weighting.reduction == Reduction::kMeanWithSampleWeight;
  LossCounts counts;
  counts.rows = counts.kept = static_cast<double>(y_true.rows);
  for (std::size_t r = 0; (mask || weighs) && r < y_true.rows; ++r) {
    const bool kept = !mask || mask.keeps(y_true, r);
    if (!kept) --counts.kept;
    // Of a row that is left out too: a weight that is not a number shows.
    const T weight = weighting.weights == nullptr ? T{1} : weighting.weights[r];
    if (weighs) counts.weights += static_cast<double>(static_cast<T>(kept) * weight);
  }
  return counts;
}

template <class T>
void loss_coefficients(const Bound<LossRun>& loss, Matrix<const T> y_true, const Weighting<T>& weighting,
                       const LossCounts& counts, T* coefficients) {
  const std::size_t rows = y_true.rows;
  const RowMask<T> mask(loss, weighting);
  std::fill_n(coefficients, rows, T{1});
  for (std::size_t r = 0; mask && r < rows; ++r) {
    if (!mask.keeps(y_true, r)) coefficients[r] = 0;
  }
  if (mask && weighting.reduction == Reduction::kSumOverBatchSize) {
    // Kept rows weigh total / kept, so that the division by the total below is a mean over the kept ones.
    const T share = counts.kept == 0 ? T{0} : static_cast<T>(counts.rows / counts.kept);
    for (std::size_t r = 0; r < rows; ++r) coefficients[r] *= share;
  }
  if (weighting.weights != nullptr) {
    for (std::size_t r = 0; r < rows; ++r) coefficients[r] *= weighting.weights[r];
  }
  double divisor = 1;
  if (weighting.reduction == Reduction::kSumOverBatchSize) divisor = counts.rows;
  if (weighting.reduction == Reduction::kMeanWithSampleWeight) {
    // A mask of the loss' own is as large as the values, and so are the weights that it joins.
    const bool repeated = !mask.is_own() && (mask || weighting.weights != nullptr);
    divisor = counts.weights / (repeated ? weighting.weight_repeat : 1);
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
    sums[task] = loss->functions.of<T>().flat(loss.parameters, count, tile);
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
    loss->functions.of<T>().rows(
        loss.parameters, {call.y_true.slice(first, count), call.y_pred.slice(first, count), coefficients + first,
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
double evaluate_whole(const Bound<LossRun>& loss, const LossCall<T>& call, T* coefficients, T* scratch) {
  const auto& rows = loss->functions.of<T>().rows;
  Weighting<T> weighting = call.weighting;
  if (loss->masks_zeros) {
    rows(loss.parameters, {call.y_true, call.y_pred, nullptr, call.values, nullptr, scratch});
    for (std::size_t r = 0; weighting.counted != nullptr && r < call.y_pred.rows; ++r) {
      if (!(weighting.counted[r] > 0)) call.values[r] = 0;
    }
    weighting.counted = call.values;
  }
  loss_coefficients(loss, call.y_true, weighting, count_rows(loss, call.y_true, weighting), coefficients);
  rows(loss.parameters, {call.y_true, call.y_pred, coefficients, call.values, call.grad, scratch});
  for (std::size_t r = 0; r < call.y_pred.rows; ++r) call.values[r] *= coefficients[r];
  return sum_of(call.values, call.y_pred.rows);
}

template <class T>
double evaluate_loss(const Bound<LossRun>& loss, const LossCall<T>& call, const TeamPool::Lease& team) {
  if (loss->whole_batch) {
    std::vector<T> coefficients(call.y_pred.rows), values(call.values == nullptr ? call.y_pred.rows : 0),
        scratch(call.y_pred.rows * loss->scratch_per_row);
    return evaluate_whole(
        loss,
        {call.y_true, call.y_pred, call.weighting, call.values == nullptr ? values.data() : call.values, call.grad},
        coefficients.data(), scratch.data());
  }
  const bool uniform = call.y_pred.rows == 1 || (call.weighting.weights == nullptr && call.weighting.mask == nullptr);
  std::vector<T> coefficients(call.y_pred.rows);
  const LossCounts counts = count_rows(loss, call.y_true, call.weighting);
  loss_coefficients(loss, call.y_true, call.weighting, counts, coefficients.data());
  if (uniform && call.values == nullptr && loss->functions.of<T>().flat != nullptr && !coefficients.empty()) {
    return evaluate_flat(loss, call, coefficients[0], team);
  }
  return evaluate_rows(loss, call, coefficients.data(), team);
}

template LossCounts count_rows(const Bound<LossRun>&, Matrix<const float>, const Weighting<float>&);
template LossCounts count_rows(const Bound<LossRun>&, Matrix<const double>, const Weighting<double>&);
template void loss_coefficients(const Bound<LossRun>&, Matrix<const float>, const Weighting<float>&, const LossCounts&,
                                float*);
template void loss_coefficients(const Bound<LossRun>&, Matrix<const double>, const Weighting<double>&,
                                const LossCounts&, double*);
template double evaluate_whole(const Bound<LossRun>&, const LossCall<float>&, float*, float*);
template double evaluate_whole(const Bound<LossRun>&, const LossCall<double>&, double*, double*);
template double evaluate_loss(const Bound<LossRun>&, const LossCall<float>&, const TeamPool::Lease&);
template double evaluate_loss(const Bound<LossRun>&, const LossCall<double>&, const TeamPool::Lease&);

}  // namespace gemsbok::core
