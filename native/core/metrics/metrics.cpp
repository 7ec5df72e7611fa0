#include "counts.h"
#include "means.h"

namespace gemsbok::core {
namespace {

template <class F>
constexpr MetricRun mean_of(TrueColumns true_columns = TrueColumns::kAsPredictions) {
  return {true_columns, mean_state, mean_over_rows<F, float>, mean_over_rows<F, double>};
}

template <class F>
constexpr MetricRun sums_of(TrueColumns true_columns = TrueColumns::kAsPredictions) {
  return {true_columns, F::state_size, F::template accumulate<float>, F::template accumulate<double>};
}

// Adding a metric: its struct in one of the headers above, and its line here.
constexpr Entry<MetricRun> kMetrics[] = {
    {"accuracy", {}, mean_of<Accuracy>()},
    {"binary_accuracy", {"threshold"}, mean_of<BinaryAccuracy>()},
    {"categorical_accuracy", {}, mean_of<CategoricalAccuracy>()},
    {"concordance_correlation", {"epsilon"}, mean_of<ConcordanceCorrelation>()},
    {"confusion_matrix",
     {"num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "threshold"},
     sums_of<ConfusionMatrix>(TrueColumns::kAny)},
    {"f_score", {"threshold"}, sums_of<FScore>()},
    {"pearson_correlation", {"epsilon"}, mean_of<PearsonCorrelation>()},
    {"r2_score", {}, sums_of<R2Score>()},
    {"sparse_categorical_accuracy", {}, mean_of<SparseCategoricalAccuracy>(TrueColumns::kOne)},
    {"sparse_top_k_categorical_accuracy",
     {"k", "from_sorted_ids"},
     mean_of<SparseTopKCategoricalAccuracy>(TrueColumns::kOne)},
    {"threshold_counts",
     {"top_k", "class_id", "from_logits", "by_label", "even", "thresholds"},
     sums_of<ThresholdCounts>()},
    {"top_k_categorical_accuracy", {"k"}, mean_of<TopKCategoricalAccuracy>()},
};

}  // namespace

Registry<MetricRun> metrics() { return Registry<MetricRun>::of(kMetrics); }

bool Metric::takes(std::size_t true_columns, std::size_t columns) const {
  if (metric == nullptr) return true_columns == loss->run.true_columns(columns);
  if (metric->run.true_columns == TrueColumns::kAny) return true_columns > 0 && columns > 0;
  return true_columns == (metric->run.true_columns == TrueColumns::kOne ? 1 : columns);
}

std::size_t Metric::state_size(std::size_t columns) const {
  return metric == nullptr ? mean_state(parameters, columns) : metric->run.state_size(parameters, columns);
}

template <class T>
void Metric::accumulate(const MetricTile<T>& tile, double* state) const {
  if (metric == nullptr) return mean_of_loss(loss->run, parameters, tile, state);
  if constexpr (sizeof(T) == sizeof(float)) {
    metric->run.accumulate_f32(parameters, tile, state);
  } else {
    metric->run.accumulate_f64(parameters, tile, state);
  }
}

template void Metric::accumulate(const MetricTile<float>&, double*) const;
template void Metric::accumulate(const MetricTile<double>&, double*) const;

}  // namespace gemsbok::core
