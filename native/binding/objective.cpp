#include "objective.h"

#include "arguments.h"

namespace gemsbok::binding {
namespace {

using core::Code;
using core::require;

core::OutputObjective to_output(const Napi::Object& spec) {
  core::OutputObjective output;
  output.trained = get_flag(spec, "trained");
  output.columns = get_size(spec, "columns");
  output.true_columns = get_size(spec, "trueColumns");
  output.reduction = to_reduction(get_text(spec, "reduction"));
  require(output.reduction != core::Reduction::kNone, Code::kInvalidArg, "training needs a reduction to one number");
  output.loss_weight = to_number(get(spec, "lossWeight"), "lossWeight");
  output.on_logits = get_flag(spec, "onLogits");
  output.one_value = get_flag(spec, "oneValue");
  output.custom_metrics = get_flag(spec, "customMetrics");
  if (!get(spec, "mask").IsNull()) output.mask = get_size(spec, "mask");
  if (!get(spec, "loss").IsNull()) output.loss = to_bound(core::losses(), get(spec, "loss"));
  const Napi::Array metrics = to_array(get(spec, "metrics"), "metrics");
  for (std::uint32_t i = 0; i < metrics.Length(); ++i) {
    const Napi::Object metric = to_object(metrics.Get(i), "metrics");
    output.metrics.push_back(
        {to_metric(get(metric, "metric")), get_flag(metric, "weighted"), get_flag(metric, "masked")});
  }
  return output;
}

// A regularizer or constraint of the variable, and the matrix that it takes it for.
template <class Run>
void add_rule(std::vector<core::VariableRule<Run>>& rules, const core::Registry<Run>& registry,
              const Napi::Value& value, std::size_t variable) {
  if (value.IsNull()) return;
  const Napi::Object rule = to_object(value, "rule");
  rules.push_back({to_bound(registry, get(rule, "rule")), variable, get_size(rule, "rows"), get_size(rule, "columns")});
}

}  // namespace

core::Objective to_objective(const Napi::Object& spec, const core::Model& model) {
  core::Objective objective;
  const Napi::Array outputs = to_array(get(spec, "outputs"), "outputs");
  for (std::uint32_t i = 0; i < outputs.Length(); ++i) {
    objective.outputs.push_back(to_output(to_object(outputs.Get(i), "outputs")));
  }
  objective.optimizer = to_optimizer(get(spec, "optimizer"));
  const Napi::Array variables = to_array(get(spec, "variables"), "variables");
  require(variables.Length() == model.variables().size(), Code::kInvalidArg, "an optimizer is told of all variables");
  for (std::uint32_t v = 0; v < variables.Length(); ++v) {
    const Napi::Object variable = to_object(variables.Get(v), "variables");
    add_rule(objective.regularizers, core::regularizers(), get(variable, "regularizer"), v);
    if (get(variable, "update").IsNull()) continue;
    const Napi::Object update = to_object(get(variable, "update"), "update");
    objective.updated.push_back(v);
    objective.variables.push_back(
        {model.variables()[v].shape, get_flag(update, "flat"), to_number(get(update, "weightDecay"), "weightDecay")});
    add_rule(objective.constraints, core::constraints(), get(variable, "constraint"), v);
  }
  const Napi::Array frozen = to_array(get(spec, "frozen"), "frozen");
  for (std::uint32_t l = 0; l < frozen.Length(); ++l) {
    objective.frozen.push_back(frozen.Get(l).ToBoolean().Value());
  }
  return objective;
}

}  // namespace gemsbok::binding
