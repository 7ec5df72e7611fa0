#pragma once

#include <cstdint>

#include "../parallel.h"
#include "../registry.h"
#include "../span.h"

namespace gemsbok::core {

enum class Reduction { kSumOverBatchSize, kSum, kMeanWithSampleWeight, kNone };

// Some rows of a batch. A row's value is the loss of its last axis; its gradient is multiplied by its coefficient.
template <class T>
struct LossTile {
  Matrix<const T> y_true;  // [rows, true_columns]
  Matrix<const T> y_pred;  // [rows, columns]
  const T* coefficients;   // [rows]; not read where grad is null
  T* values;               // [rows], without the coefficients
  T* grad;                 // [rows, columns], or null: values alone
  T* scratch = nullptr;    // [rows, scratch_per_row of the loss]
};

template <class T>
struct LossFunctions {
  void (*rows)(ParameterView parameters, const LossTile<T>& tile);
  // Where the loss is elementwise: the same over a flat run of `size` elements that share a coefficient; returns the
  // sum of the elements' values. Null elsewhere.
  double (*flat)(ParameterView parameters, std::size_t size, const LossTile<T>& tile) = nullptr;
};

struct LossTraits {
  bool class_indices = false;  // y_true holds one class index a row
  bool half_target = false;    // y_true holds half as many columns as y_pred
  bool whole_batch = false;    // rows depend on each other: a batch is not cut into tiles
  bool masks_zeros = false;    // a row whose value is 0 does not count; together with whole_batch
  std::size_t scratch_per_row = 0;
  int ignore_parameter = -1;  // index of the parameter that holds the class to leave out, or -1

  std::size_t true_columns(std::size_t columns) const {
    return class_indices ? 1 : half_target ? columns / 2 : columns;
  }
};

struct LossRun : LossTraits {
  PerType<LossFunctions> functions;
};

Registry<LossRun> losses();

// How the rows of a batch are weighted and reduced (KERAS: apply_mask, reduce_values).
template <class T>
struct Weighting {
  Reduction reduction;
  const T* weights;            // [rows], or null
  const std::uint8_t* mask;    // [rows], or null
  double weight_repeat = 1;    // how often broadcasting repeated each weight
  double scale = 1;            // the loss' own weight among several
  const T* counted = nullptr;  // [rows], or null; a row counts where it is above 0
};

// What divides a reduced loss: sums over rows, so that those of a batch are the sums of its parts'.
struct LossCounts {
  double rows = 0;
  double kept = 0;     // rows that no mask leaves out
  double weights = 0;  // of these; only where the reduction divides by it
};

template <class T>
LossCounts count_rows(const Bound<LossRun>& loss, Matrix<const T> y_true, const Weighting<T>& weighting);

// The factor of each row's value and gradient in the reduced loss of a batch of these counts.
template <class T>
void loss_coefficients(const Bound<LossRun>& loss, Matrix<const T> y_true, const Weighting<T>& weighting,
                       const LossCounts& counts, T* coefficients);

template <class T>
struct LossCall {
  Matrix<const T> y_true;
  Matrix<const T> y_pred;
  Weighting<T> weighting;
  T* values;  // [rows], weighted; null where only the reduced value is asked for
  T* grad;    // [rows, columns] or null
};

// The reduced loss; cut into tiles that follow from the shapes alone and are summed in order.
template <class T>
double evaluate_loss(const Bound<LossRun>& loss, const LossCall<T>& call, const TeamPool::Lease& team);

// The same in one piece, for a loss of a whole batch; `values` is not null, `coefficients` is room for [rows] and
// `scratch` for [rows, scratch_per_row].
template <class T>
double evaluate_whole(const Bound<LossRun>& loss, const LossCall<T>& call, T* coefficients, T* scratch);

}  // namespace gemsbok::core
