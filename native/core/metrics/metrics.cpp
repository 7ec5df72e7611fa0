#include "accuracy.h"
#include "confusion_matrix.h"
#include "correlation.h"
#include "f_score.h"
#include "means.h"
#include "r2_score.h"
#include "threshold_counts.h"

namespace gemsbok::core {
namespace {

template <class F>
constexpr Entry<MetricRun> mean_of(const char* name, TrueColumns true_columns = TrueColumns::kAsPredictions) {
  return {name, names_of<F>(), {true_columns, mean_state, {mean_over_rows<F, float>, mean_over_rows<F, double>}}};
}

template <class F>
std::size_t state_size(ParameterView parameters, std::size_t columns) {
  return functor_of<F>(parameters).state_size(columns);
}

template <class F, class T>
void accumulate(ParameterView parameters, const MetricTile<T>& tile, double* state) {
  functor_of<F>(parameters).accumulate(tile, state);
}

template <class F>
constexpr Entry<MetricRun> sums_of(const char* name, TrueColumns true_columns = TrueColumns::kAsPredictions) {
  return {name, names_of<F>(), {true_columns, state_size<F>, {accumulate<F, float>, accumulate<F, double>}}};
}

// Adding a metric: its struct in one of the headers above, and its line here.
constexpr Entry<MetricRun> kMetrics[] = {
    mean_of<Accuracy>("accuracy"),
    mean_of<BinaryAccuracy>("binary_accuracy"),
    mean_of<CategoricalAccuracy>("categorical_accuracy"),
    mean_of<ConcordanceCorrelation>("concordance_correlation"),
    sums_of<ConfusionMatrix>("confusion_matrix", TrueColumns::kAny),
    sums_of<FScore>("f_score"),
    mean_of<PearsonCorrelation>("pearson_correlation"),
    sums_of<R2Score>("r2_score"),
    mean_of<SparseCategoricalAccuracy>("sparse_categorical_accuracy", TrueColumns::kOne),
    mean_of<SparseTopKCategoricalAccuracy>("sparse_top_k_categorical_accuracy", TrueColumns::kOne),
    sums_of<ThresholdCounts>("threshold_counts"),
    mean_of<TopKCategoricalAccuracy>("top_k_categorical_accuracy"),
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
  metric->run.accumulate.of<T>()(parameters, tile, state);
}

template void Metric::accumulate(const MetricTile<float>&, double*) const;
template void Metric::accumulate(const MetricTile<double>&, double*) const;

}  // namespace gemsbok::core
