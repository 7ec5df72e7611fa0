#include "layer_check.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "scheduler.h"

namespace gemsbok::core {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Low-discrepancy numbers, none of them near zero.
std::vector<float> spread(std::size_t size, double start) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double value = 2 * std::fmod(start + static_cast<double>(i + 1) * 0.6180339887498949, 1.0) - 1;
    values[i] = static_cast<float>(value + std::copysign(0.2, value));
  }
  return values;
}

std::size_t size_of(const VariableShape& variable) {
  std::size_t size = 1;
  for (const std::size_t dimension : variable.shape) size *= dimension;
  return size;
}

template <class T>
std::vector<T*> pointers(std::vector<std::vector<float>>& arrays) {
  std::vector<T*> all;
  all.reserve(arrays.size());
  for (auto& array : arrays) all.push_back(array.data());
  return all;
}

class Pass {
 public:
  Pass(const Layer& layer, const LayerArrays& arrays, const PassOptions& options)
      : layer_(layer),
        options_(options),
        batch_(arrays.batch),
        x_(arrays.x),
        states_(arrays.variables),
        grad_(arrays.upstream),
        y_(batch_ * layer.output_size(), kNaN),
        kept_(batch_ * layer.kept_size(), kNaN),
        statistics_(layer.statistics_size()),
        scheduler_(options.threads),
        team_(scheduler_.borrow()) {
    for (std::size_t i = 0; i < x_.size(); ++i) grad_x_.emplace_back(layer.has_gradient(i) ? x_[i].size() : 0, kNaN);
    variables_ = pointers<const float>(states_);
  }

  PassResult run() {
    const bool whole = options_.training && layer_.needs_whole_batch();
    auto states = pointers<float>(states_);
    for_tiles(whole, [&](const LayerTile& tile, const LayerGradients&) {
      whole ? layer_.forward_batch(tile, states.data(), team_) : layer_.forward(tile);
    });
    PassResult result;
    result.y = options_.in_place ? x_[0] : y_;
    result.penalty = penalty_;
    if (options_.forget_output) std::fill_n(output(), y_.size(), kNaN);
    result.gradients = std::vector<std::vector<float>>(states_.size());
    for_tiles(whole, [&](const LayerTile& tile, const LayerGradients& gradients) {
      whole ? layer_.backward_batch(tile, gradients, team_) : layer_.backward(tile, gradients);
    });
    run_tasks(result.gradients);
    result.grad_x = grad_x_;
    if (options_.in_place) result.grad_x[0] = grad_;
    result.states = states_;
    return result;
  }

  // For each element of the variables' gradients, how many tasks write it.
  std::vector<std::vector<int>> writers() {
    run();
    std::vector<std::vector<int>> counts;
    for (const auto& state : states_) counts.emplace_back(state.size(), 0);
    for (std::size_t task = 0; task < layer_.gradient_tasks(batch_); ++task) {
      auto gradients = states_;
      for (auto& gradient : gradients) std::fill(gradient.begin(), gradient.end(), kNaN);
      with_tile(0, batch_, [&](const LayerTile& tile, const LayerGradients& upstream) {
        layer_.gradient_task(task, tile, upstream.grad, pointers<float>(gradients).data(), false);
      });
      for (std::size_t v = 0; v < counts.size(); ++v) {
        for (std::size_t i = 0; i < counts[v].size(); ++i) counts[v][i] += std::isnan(gradients[v][i]) ? 0 : 1;
      }
    }
    return counts;
  }

 private:
  float* output() { return options_.in_place ? x_[0].data() : y_.data(); }

  template <class Each>
  void with_tile(std::size_t first, std::size_t samples, const Each& each) {
    std::vector<const float*> x;
    std::vector<float*> grad_x;
    for (std::size_t i = 0; i < layer_.inputs(); ++i) {
      x.push_back(x_[i].data() + first * layer_.input_size(i));
      const bool asked = options_.ask_grad_x && layer_.has_gradient(i);
      std::vector<float>& grad = options_.in_place && i == 0 ? grad_ : grad_x_[i];
      grad_x.push_back(asked ? grad.data() + first * layer_.input_size(i) : nullptr);
    }
    std::vector<std::size_t> scratch(layer_.gradient_tasks(batch_) * layer_.gradient_scratch(batch_));
    std::vector<float> prepared(layer_.prepared_size());
    layer_.prepare(variables_.data(), prepared.data());
    const LayerTile tile = {first,
                            samples,
                            batch_,
                            variables_.data(),
                            prepared.data(),
                            x.data(),
                            output() + first * layer_.output_size(),
                            kept_.empty() ? nullptr : kept_.data() + first * layer_.kept_size(),
                            {options_.training, 7, 3},
                            5,
                            &penalty_,
                            scratch.data(),
                            statistics_.data()};
    each(tile, LayerGradients{grad_.data() + first * layer_.output_size(), grad_x.data()});
  }

  template <class Each>
  void for_tiles(bool whole, const Each& each) {
    const std::size_t most = whole ? batch_ : std::min(batch_, options_.tile);
    for (std::size_t first = 0; first < batch_; first += most) {
      with_tile(first, std::min(most, batch_ - first), each);
    }
  }

  void run_tasks(std::vector<std::vector<float>>& gradients) {
    const auto variables = layer_.variables();
    for (std::size_t v = 0; v < variables.size(); ++v) {
      const float before = options_.before == 0 ? kNaN : options_.before;
      if (variables[v].trainable) gradients[v].assign(states_[v].size(), before);
    }
    const auto targets = pointers<float>(gradients);
    with_tile(0, batch_, [&](const LayerTile& tile, const LayerGradients& upstream) {
      team_.run(layer_.gradient_tasks(batch_), [&](std::size_t task, std::size_t) {
        layer_.gradient_task(task, tile, upstream.grad, targets.data(), options_.before != 0);
      });
    });
  }

  const Layer& layer_;
  PassOptions options_;
  std::size_t batch_;
  std::vector<std::vector<float>> x_, states_, grad_x_;
  std::vector<float> grad_, y_, kept_;
  std::vector<double> statistics_;
  std::vector<const float*> variables_;
  double penalty_ = 0;
  Scheduler scheduler_;
  TeamPool::Lease team_;
};

// The sum of upstream y, and the penalty.
double objective(const Layer& layer, const LayerArrays& arrays, bool training) {
  const PassResult result = run_pass(layer, arrays, {.training = training});
  double sum = result.penalty;
  for (std::size_t i = 0; i < result.y.size(); ++i) {
    sum += static_cast<double>(arrays.upstream[i]) * static_cast<double>(result.y[i]);
  }
  return sum;
}

// Of the objective, by an element of the arrays; the error is of fourth order.
double central_difference(const Layer& layer, LayerArrays& arrays, float& element, bool training) {
  constexpr float kStep = 0x1p-5F;
  const float at = element;
  const auto value = [&](float steps) {
    element = at + steps * kStep;
    return objective(layer, arrays, training);
  };
  const double difference = 8 * (value(1) - value(-1)) - (value(2) - value(-2));
  element = at;
  return difference / (12 * static_cast<double>(kStep));
}

void check_differences(const Layer& layer, LayerArrays arrays, Flows flows, bool training) {
  CAPTURE(training);
  const PassResult result = run_pass(layer, arrays, {.training = training});
  const auto check = [&](std::vector<float>& values, const std::vector<float>& gradient) {
    REQUIRE(values.size() == gradient.size());
    // A few elements tell as much as all of a large array.
    const std::size_t step = 1 + values.size() / 64;
    for (std::size_t i = 0; i < values.size(); i += step) {
      CAPTURE(i);
      const double expected = central_difference(layer, arrays, values[i], training);
      CHECK(static_cast<double>(gradient[i]) == doctest::Approx(expected).epsilon(2e-3).scale(1));
    }
  };
  for (std::size_t input = 0; input < layer.inputs(); ++input) {
    CAPTURE(input);
    const bool flowing = flows == Flows::kToAll || (flows == Flows::kToFirst && input == 0);
    if (flowing) {
      check(arrays.x[input], result.grad_x[input]);
    } else if (layer.has_gradient(input)) {
      CHECK(result.grad_x[input] == std::vector<float>(arrays.x[input].size(), 0.0F));
    }
  }
  const auto variables = layer.variables();
  for (std::size_t v = 0; v < variables.size(); ++v) {
    CAPTURE(std::string(variables[v].name));
    if (variables[v].trainable) check(arrays.variables[v], result.gradients[v]);
  }
}

void check_same(const PassResult& result, const PassResult& other) {
  CHECK(result.y == other.y);
  CHECK(result.grad_x == other.grad_x);
  CHECK(result.gradients == other.gradients);
  CHECK(result.states == other.states);
  CHECK(result.penalty == doctest::Approx(other.penalty).epsilon(1e-12));
}

void check_bits(const Layer& layer, const LayerArrays& arrays, bool training) {
  CAPTURE(training);
  const PassResult result = run_pass(layer, arrays, {.training = training});
  for (const std::size_t tile : {1, 3, 7}) {
    check_same(result, run_pass(layer, arrays, {.training = training, .tile = tile}));
  }
  for (const std::size_t threads : {2, 3}) {
    check_same(result, run_pass(layer, arrays, {.training = training, .threads = threads}));
  }
  const bool forget = !layer.backward_reads_output();
  check_same(result, run_pass(layer, arrays, {.training = training, .forget_output = forget}));
  if (layer.works_in_place()) {
    check_same(result, run_pass(layer, arrays, {.training = training, .in_place = true, .forget_output = forget}));
  }
  CHECK(run_pass(layer, arrays, {.training = training, .ask_grad_x = false}).gradients == result.gradients);
  const PassResult added = run_pass(layer, arrays, {.training = training, .before = 2});
  for (std::size_t v = 0; v < result.gradients.size(); ++v) {
    for (std::size_t i = 0; i < result.gradients[v].size(); ++i) {
      CHECK(added.gradients[v][i] == doctest::Approx(result.gradients[v][i] + 2).epsilon(1e-5).scale(1));
    }
  }
}

}  // namespace

std::unique_ptr<Layer> make_layer(const char* name, const TestParameters& parameters) {
  return layers().get(name).run.make(parameters);
}

LayerArrays::LayerArrays(const Layer& layer, std::size_t batch) : batch(batch) {
  for (std::size_t i = 0; i < layer.inputs(); ++i) {
    x.push_back(spread(batch * layer.input_size(i), 0.1 + 0.37 * static_cast<double>(i)));
  }
  for (const auto& variable : layer.variables()) {
    variables.push_back(spread(size_of(variable), 0.3 + 0.23 * static_cast<double>(variables.size())));
    for (float& value : variables.back()) value = std::abs(value);
  }
  upstream = spread(batch * layer.output_size(), 0.7);
}

PassResult run_pass(const Layer& layer, const LayerArrays& arrays, const PassOptions& options) {
  return Pass(layer, arrays, options).run();
}

void check_gradient_tasks(const Layer& layer, const LayerArrays& arrays) {
  const auto variables = layer.variables();
  const auto writers = Pass(layer, arrays, {}).writers();
  for (std::size_t v = 0; v < variables.size(); ++v) {
    CAPTURE(std::string(variables[v].name));
    CHECK(writers[v] == std::vector<int>(writers[v].size(), variables[v].trainable ? 1 : 0));
  }
}

void check_layer(const Layer& layer, const LayerArrays& arrays, Flows flows) {
  for (const bool training : {false, true}) {
    check_differences(layer, arrays, flows, training);
    check_bits(layer, arrays, training);
  }
  check_gradient_tasks(layer, arrays);
}

}  // namespace gemsbok::core
