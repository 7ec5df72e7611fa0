#include "indices.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

namespace gemsbok::core {
namespace {

// Numbers between two looks at the clock.
constexpr std::size_t kBlock = std::size_t{1} << 18;

// As JavaScript writes it.
std::string text_of(float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::array<char, 64> text;
  const bool whole = std::abs(value) < 1e21F && value == std::trunc(value);
  char* const end = text.data() + text.size();
  const auto result =
      whole ? std::to_chars(text.data(), end, value, std::chars_format::fixed) : std::to_chars(text.data(), end, value);
  return {text.data(), result.ptr};
}

// The input of the graph that a node gets as it is, or in another order.
std::optional<std::size_t> origin_of(const Graph& graph, std::size_t node) {
  std::size_t tensor = graph.nodes()[node].inputs[0];
  while (graph.tensors()[tensor].producer != Tensor::kNone) {
    const std::size_t producer = graph.tensors()[tensor].producer;
    if (!graph.layer_of(producer).moves_only()) return std::nullopt;
    tensor = graph.nodes()[producer].inputs[0];
  }
  return tensor;
}

std::string named(const Model& model, const Dataset& data, std::size_t input) {
  const auto& names = model.names().inputs;
  return names.size() > 1 ? data.origin.samples() + "." + names[input] : data.origin.samples();
}

}  // namespace

std::size_t find_bad_index(const float* values, std::size_t count, std::size_t limit) {
  const auto end = static_cast<float>(limit);
  const auto is_index = [end](float x) {
    return x >= 0 && x < end && static_cast<float>(static_cast<std::int64_t>(x)) == x;
  };
  return static_cast<std::size_t>(std::find_if_not(values, values + count, is_index) - values);
}

void BadIndices::note(const BadIndex& found) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = [](const BadIndex& index) { return std::tie(index.row, index.node, index.column); };
  if (!first_.has_value() || place(found) < place(*first_)) first_ = found;
}

void BadIndices::raise(const Model& model, const Dataset& data) const {
  if (!first_.has_value()) return;
  const auto [row, node, column, value] = *first_;
  const std::size_t layer = model.graph().nodes()[node].layer, limit = model.graph().layer_of(node).index_limit();
  const std::string guilty = model.names().layers.empty() ? "" : "`" + model.names().layers[layer] + "`";
  const auto input = origin_of(model.graph(), node);
  std::size_t columns = model.graph().layer_of(node).input_size(0), at = column;
  if (input.has_value()) {
    // The layers between may have moved it.
    columns = data.inputs[*input].columns;
    std::vector<float> numbers(columns);
    gather(data.inputs[*input], nullptr, row, 1, numbers.data());
    at = find_bad_index(numbers.data(), columns, limit);
  }
  const std::string argument = input.has_value() ? "`" + named(model, data, *input) + "`" : guilty;
  const std::string place = "row " + std::to_string(data.origin.first_row + row) +
                            (columns == 1 ? "" : ", column " + std::to_string(at)) + "; the layer " + guilty + " has " +
                            std::to_string(limit) + " of them. Rows are counted from 0.";
  const std::string where =
      input.has_value() ? "It stands in " : "Other layers compute it of `" + data.origin.samples() + "`, ";
  throw Error(Code::kOutOfRange, "Expected indices, integers from 0 to " + std::to_string(limit - 1) + ", for " +
                                     argument + ", received " + text_of(value) + ". " + where + place);
}

std::vector<std::optional<std::size_t>> index_layers(const Graph& graph) {
  std::vector<std::optional<std::size_t>> layers(graph.input_count());
  for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
    const auto input = graph.layer_of(n).index_limit() == 0 ? std::nullopt : origin_of(graph, n);
    if (input.has_value()) layers[*input] = graph.nodes()[n].layer;
  }
  return layers;
}

bool IndexCheck::work(const Turn& turn) {
  std::size_t columns = 1;
  for (const Column& input : data_.inputs) columns = std::max(columns, input.columns);
  const std::size_t step = std::max<std::size_t>(1, kBlock / columns);
  std::vector<float> numbers(step * columns);
  const Graph& graph = model_->graph();
  while (done_ < data_.rows) {
    cancelled_ = turn.is_cancelled();
    if (cancelled_) return true;
    const std::size_t rows = std::min(step, data_.rows - done_);
    BadIndices found;
    for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
      const std::size_t limit = graph.layer_of(n).index_limit();
      const auto input = limit == 0 ? std::nullopt : origin_of(graph, n);
      if (!input.has_value()) continue;
      const Column& column = data_.inputs[*input];
      const std::size_t count = rows * column.columns;
      gather(column, nullptr, done_, rows, numbers.data());
      const std::size_t bad = find_bad_index(numbers.data(), count, limit);
      if (bad < count) found.note({done_ + bad / column.columns, n, bad % column.columns, numbers[bad]});
    }
    found.raise(*model_, data_);
    done_ += rows;
    if (done_ < data_.rows && turn.is_over()) return false;
  }
  return true;
}

}  // namespace gemsbok::core
