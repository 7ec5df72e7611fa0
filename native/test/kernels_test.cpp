#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "activations/activation.h"
#include "constraints.h"
#include "dataset.h"
#include "losses/loss.h"
#include "metrics/metric.h"
#include "optimizers/update.h"
#include "regularizers.h"

// Each kernel on arrays of exactly its size, for lengths around the widths of vectors: under AddressSanitizer a read or
// write beyond the end is found here. Values are judged by the TypeScript tests.
namespace gemsbok::core {
namespace {

constexpr std::size_t kLengths[] = {1, 7, 8, 9, 15, 16, 17, 31, 33};

template <class T>
std::vector<T> ramp(std::size_t size, double from, double to) {
  std::vector<T> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    values[i] = static_cast<T>(from + (to - from) * static_cast<double>(i + 1) / static_cast<double>(size + 1));
  }
  return values;
}

// All parameters have one value, and a list among them that length.
template <class Run>
Bound<Run> with_value(const Entry<Run>& entry, double value) {
  return {&entry, Parameters(ParameterNames::kMost, value)};
}

template <class T>
void check_loss(const Bound<LossRun>& loss, std::size_t rows, std::size_t columns) {
  if (loss->half_target && columns % 2 != 0) return;
  const std::size_t true_columns = loss->true_columns(columns);
  const std::vector<T> y_true(rows * true_columns, T{0}), y_pred = ramp<T>(rows * columns, 0.1, 0.9);
  std::vector<T> grad(rows * columns), values(rows);
  for (const bool keep_rows : {false, true}) {
    for (const bool with_grad : {false, true}) {
      const LossCall<T> call = {{y_true.data(), rows, true_columns},
                                {y_pred.data(), rows, columns},
                                {Reduction::kSum, nullptr, nullptr},
                                keep_rows ? values.data() : nullptr,
                                with_grad ? grad.data() : nullptr};
      CHECK(std::isfinite(evaluate_loss(loss, call, {})));
    }
  }
}

}  // namespace

TEST_CASE("losses stay within their arrays") {
  for (const auto& entry : losses()) {
    const std::string name = entry.name;
    CAPTURE(name);
    for (const std::size_t rows : {1, 5, 33}) {
      for (const std::size_t columns : kLengths) {
        check_loss<float>(with_value(entry, 0.5), rows, columns);
        check_loss<double>(with_value(entry, 0.5), rows, columns);
      }
    }
  }
}

TEST_CASE("activations stay within their arrays, in place or not") {
  for (const auto& entry : activations()) {
    const std::string name = entry.name;
    CAPTURE(name);
    const auto activation = with_value(entry, 0);
    for (const std::size_t columns : kLengths) {
      if (columns % activation->narrowing != 0) continue;
      constexpr std::size_t kRows = 3;
      std::vector<float> z = ramp<float>(kRows * columns, -2.5, 3.5), y(kRows * columns), grad(kRows * columns, 1.0F);
      activation->functions.f32.forward(activation.parameters, kRows, columns, z.data(), y.data());
      activation->functions.f32.backward(activation.parameters, kRows, columns, z.data(), y.data(), grad.data(),
                                         grad.data());
      for (const float value : y) CHECK(std::isfinite(value));
      if (activation->narrowing > 1) continue;
      std::vector<float> in_place = ramp<float>(kRows * columns, -2.5, 3.5);
      activation->functions.f32.forward(activation.parameters, kRows, columns, in_place.data(), in_place.data());
      CHECK(in_place == y);
    }
  }
}

TEST_CASE("regularizers stay within their arrays") {
  for (const auto& entry : regularizers()) {
    const std::string name = entry.name;
    CAPTURE(name);
    auto regularizer = with_value(entry, 0);
    regularizer.parameters[0] = 0.5;
    for (const double other : {0.0, 1.0}) {
      regularizer.parameters[1] = other;
      for (const std::size_t columns : kLengths) {
        const std::size_t rows = 5;
        const std::vector<float> x = ramp<float>(rows * columns, 0.1, 1);
        std::vector<float> grad(x.size(), 1.0F);
        std::vector<double> scratch(regularizer->scratch(rows, columns));
        regularizer->run.f32(regularizer.parameters, {{x.data(), rows, columns}, 2, grad.data(), scratch.data()});
        // One column makes no pair.
        if (other == 1.0 && columns == 1) continue;
        for (const float value : grad) CHECK(std::isfinite(value));
      }
    }
  }
}

TEST_CASE("constraints stay within their arrays") {
  for (const auto& entry : constraints()) {
    const std::string name = entry.name;
    CAPTURE(name);
    auto constraint = with_value(entry, 0);
    for (double& parameter : constraint.parameters) parameter = 0.5;
    for (const double axis : {0.0, 1.0}) {
      constraint.parameters[0] = axis;
      for (const std::size_t columns : kLengths) {
        std::vector<float> w = ramp<float>(5 * columns, -1, 1);
        constraint->run.f32(constraint.parameters, {w.data(), 5, columns});
        for (const float value : w) CHECK(std::isfinite(value));
      }
    }
  }
}

TEST_CASE("optimizers stay within their arrays, of vectors and matrices") {
  for (const auto& entry : optimizers()) {
    const std::string name = entry.name;
    CAPTURE(name);
    Optimizer optimizer = {with_value(entry, 0), {}};
    for (double& parameter : optimizer.run.parameters) parameter = 0.5;
    for (const std::size_t size : kLengths) {
      for (const auto& shape : {std::vector<std::size_t>{size}, std::vector<std::size_t>{size, 3}}) {
        const std::size_t elements = shape.size() == 1 ? size : 3 * size;
        std::vector<float> variable = ramp<float>(elements, -1, 1), gradient = ramp<float>(elements, 1, 2);
        const std::vector<float> before = variable;
        const std::vector<UpdatedVariable> variables = {{shape, false, 0.01}};
        UpdateMemory<float> memory = {{variable.data()}, {gradient.data()}, {}};
        std::vector<std::vector<float>> state;
        for (const auto& own : state_of(optimizer, variables)) {
          state.emplace_back(own.size(), static_cast<float>(own.initial));
          memory.state.push_back(state.back().data());
        }
        Update<float>(optimizer, variables, memory).run(0.1, 0, {});
        CHECK(variable != before);
      }
    }
  }
}

TEST_CASE("metrics stay within their arrays") {
  for (const auto& entry : metrics()) {
    const std::string name = entry.name;
    CAPTURE(name);
    for (const std::size_t columns : kLengths) {
      constexpr std::size_t kRows = 5;
      Metric metric;
      metric.metric = &entry;
      metric.parameters = Parameters(ParameterNames::kMost, 1.0);
      const std::size_t true_columns = entry.run.true_columns == TrueColumns::kOne ? 1 : columns;
      CHECK(metric.takes(true_columns, columns));
      const std::vector<float> y_true(kRows * true_columns, 0.0F), y_pred = ramp<float>(kRows * columns, 0.1, 0.9);
      for (const std::size_t weight_columns : {std::size_t{1}, columns}) {
        const std::vector<float> weights(kRows * weight_columns, 1.0F);
        std::vector<double> state(metric.state_size(columns));
        metric.accumulate<float>({{y_true.data(), kRows, true_columns},
                                  {y_pred.data(), kRows, columns},
                                  {weights.data(), kRows, weight_columns},
                                  1},
                                 state.data());
        CHECK(state.size() > 0);
      }
    }
  }
}

TEST_CASE("bytes are widened to the same numbers") {
  for (const std::size_t columns : kLengths) {
    constexpr std::size_t kRows = 4;
    std::vector<std::uint8_t> bytes(kRows * columns);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(37 * i);
    const std::vector<float> floats(bytes.begin(), bytes.end());
    const std::vector<std::uint32_t> order = {3, 1, 2, 0};
    std::vector<float> from_bytes(2 * columns), from_floats(2 * columns);
    gather({bytes.data(), true, columns}, order.data(), 1, 2, from_bytes.data());
    gather({floats.data(), false, columns}, order.data(), 1, 2, from_floats.data());
    CHECK(from_bytes == from_floats);
    CHECK(from_bytes[0] == floats[columns]);
  }
}

}  // namespace gemsbok::core
