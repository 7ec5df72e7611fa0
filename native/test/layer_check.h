#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "layers/layer.h"

namespace gemsbok::core {

// Parameters of a layer as numbers and lists; a size, a number or a flag is a list of one.
class TestParameters final : public LayerParameters {
 public:
  using Values = std::map<std::string, std::vector<double>>;
  TestParameters(std::initializer_list<Values::value_type> values) : values_(values) {}

  std::size_t size(const char* name) const override { return static_cast<std::size_t>(number(name)); }
  double number(const char* name) const override { return values_.at(name).at(0); }
  bool flag(const char* name) const override { return number(name) != 0; }
  std::vector<double> list(const char* name) const override { return values_.at(name); }
  Bound<ActivationRun> activation(const char*) const override { return {}; }

 private:
  Values values_;
};

std::unique_ptr<Layer> make_layer(const char* name, const TestParameters& parameters);

// All arrays of a layer's pass over one batch, each of exactly its size.
struct LayerArrays {
  std::size_t batch;
  std::vector<std::vector<float>> x, variables;
  std::vector<float> upstream;

  // Numbers between -1 and 1, none of them near zero or near another.
  LayerArrays(const Layer& layer, std::size_t batch);
};

struct PassOptions {
  bool training = true;
  std::size_t tile = SIZE_MAX, threads = 1;
  bool in_place = false;
  bool ask_grad_x = true;
  bool forget_output = false;  // y is overwritten before backward
  float before = 0;            // stands in the gradients, which are then added to; not if zero
};

struct PassResult {
  std::vector<float> y;
  std::vector<std::vector<float>> grad_x, gradients, states;
  double penalty = 0;
};

// Forward, backward and the gradients of one batch, tile by tile or whole.
PassResult run_pass(const Layer& layer, const LayerArrays& arrays, const PassOptions& options = {});

// Which inputs something flows back to.
enum class Flows { kToAll, kToFirst, kToNone };

// Each element of a trainable variable's gradient is written by one task.
void check_gradient_tasks(const Layer& layer, const LayerArrays& arrays);

// Gradients against central differences; the same bits however the batch is cut, for any number of threads, in place,
// and on top of what stands in a gradient.
void check_layer(const Layer& layer, const LayerArrays& arrays, Flows flows = Flows::kToAll);

}  // namespace gemsbok::core
