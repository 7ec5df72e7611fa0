#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "layer_check.h"

namespace gemsbok::core {
namespace {

constexpr double kLengths[] = {1, 7, 8, 9, 31, 33};

struct LayerCase {
  const char* layer;
  TestParameters parameters;
  Flows flows = Flows::kToAll;
  void (*prepare)(LayerArrays& arrays) = nullptr;
};

// Numbers of rows of a table of five, some more than once.
void to_indices(LayerArrays& arrays) {
  for (float& x : arrays.x[0]) x = std::floor(2 * x + 2.5F);
}

// No two inputs near each other.
void to_levels(LayerArrays& arrays) {
  for (std::size_t i = 0; i < arrays.x.size(); ++i) {
    for (std::size_t e = 0; e < arrays.x[i].size(); ++e) {
      const std::size_t level = (e * 5 + i) % 7 * arrays.x.size() + i;
      arrays.x[i][e] = 0.15F * static_cast<float>(level) - 2.0F;
    }
  }
}

void to_mask(LayerArrays& arrays) {
  for (float& x : arrays.x[1]) x = x > 0 ? 1.0F : 0.0F;
}

void check(const LayerCase& layer_case, std::size_t batch) {
  CAPTURE(std::string(layer_case.layer));
  const auto layer = make_layer(layer_case.layer, layer_case.parameters);
  LayerArrays arrays(*layer, batch);
  if (layer_case.prepare != nullptr) layer_case.prepare(arrays);
  check_layer(*layer, arrays, layer_case.flows);
}

}  // namespace

TEST_CASE("layers on samples of one axis") {
  for (const double n : kLengths) {
    CAPTURE(n);
    const LayerCase cases[] = {
        {"activity_regularization", {{"size", {n}}, {"l1", {0.5}}, {"l2", {0.25}}}},
        {"add", {{"inputs", {3}}, {"shapes", {n, n, n}}}},
        {"alpha_dropout", {{"shape", {n}}, {"noise_shape", {n}}, {"shared", {0}}, {"rate", {0.4}}, {"seed", {1}}}},
        {"average", {{"inputs", {3}}, {"shapes", {n, n, n}}}},
        {"batch_normalization",
         {{"outer", {1}},
          {"channels", {n}},
          {"inner", {1}},
          {"mask_columns", {0}},
          {"mask_epsilon", {1e-7}},
          {"momentum", {0.9}},
          {"epsilon", {0.1}},
          {"center", {1}},
          {"scale", {1}},
          {"frozen", {0}},
          {"synchronized", {1}}}},
        {"category_encoding", {{"rows", {1}}, {"columns", {n}}, {"num_tokens", {3}}, {"count", {1}}}, Flows::kToNone},
        {"concatenate", {{"outer", {1}}, {"sizes", {n, 2, n}}}},
        {"discretization",
         {{"rows", {1}}, {"columns", {n}}, {"boundaries", {-0.5, 0, 0.25}}, {"codes", {4}}, {"count", {1}}},
         Flows::kToNone},
        {"dot",
         {{"first_outer", {1}},
          {"size", {n}},
          {"first_inner", {1}},
          {"second_outer", {1}},
          {"second_inner", {1}},
          {"normalize", {0}},
          {"epsilon", {1e-7}}}},
        {"dropout", {{"shape", {n}}, {"noise_shape", {n}}, {"shared", {0}}, {"rate", {0.4}}, {"seed", {1}}}},
        {"embedding", {{"size", {2}}, {"input_dim", {5}}, {"output_dim", {n}}}, Flows::kToNone, to_indices},
        {"gaussian_dropout", {{"size", {n}}, {"rate", {0.4}}, {"seed", {1}}}},
        {"gaussian_noise", {{"size", {n}}, {"stddev", {0.4}}, {"seed", {1}}}},
        {"group_normalization",
         {{"outer", {1}},
          {"channels", {n}},
          {"inner", {1}},
          {"groups", {1}},
          {"epsilon", {0.1}},
          {"center", {1}},
          {"scale", {1}}}},
        {"identity", {{"size", {n}}}},
        {"layer_normalization",
         {{"shape", {n}}, {"axes", {1}}, {"weights", {n}}, {"epsilon", {0.1}}, {"center", {1}}, {"scale", {1}}}},
        {"mask", {{"steps", {1}}, {"features", {n}}, {"mask_value", {0}}}, Flows::kToNone},
        {"mask_fill", {{"steps", {1}}, {"features", {n}}, {"value", {7}}}, Flows::kToFirst, to_mask},
        {"maximum", {{"inputs", {3}}, {"shapes", {n, n, n}}}, Flows::kToAll, to_levels},
        {"minimum", {{"inputs", {3}}, {"shapes", {n, n, n}}}, Flows::kToAll, to_levels},
        {"multiply", {{"inputs", {3}}, {"shapes", {n, n, n}}}},
        {"normalization", {{"size", {n}}, {"mean", {0.5}}, {"variance", {0.25}}, {"invert", {0}}, {"epsilon", {1e-7}}}},
        {"permute", {{"shape", {n}}, {"dims", {1}}}},
        {"prelu", {{"shape", {n}}, {"alpha_shape", {n}}}},
        {"repeat_vector", {{"size", {n}}, {"n", {3}}}},
        {"rescaling", {{"size", {n}}, {"scale", {0.5}}, {"offset", {0.25}}}},
        {"rms_normalization", {{"shape", {n}}, {"axes", {1}}, {"weights", {n}}, {"epsilon", {0.1}}}},
        {"subtract", {{"inputs", {2}}, {"shapes", {n, n}}}},
        {"unit_normalization", {{"shape", {n}}, {"axes", {1}}, {"epsilon", {1e-12}}}},
    };
    for (const auto& layer_case : cases) check(layer_case, 9);
  }
}

TEST_CASE("layers on samples of several axes") {
  const auto normalize_batch = [](double outer, double channels, double inner, double mask_columns, bool frozen = false,
                                  bool center = true, bool scale = true) {
    return LayerCase{"batch_normalization",
                     {{"outer", {outer}},
                      {"channels", {channels}},
                      {"inner", {inner}},
                      {"mask_columns", {mask_columns}},
                      {"mask_epsilon", {1e-7}},
                      {"momentum", {0.9}},
                      {"epsilon", {0.1}},
                      {"center", {center ? 1.0 : 0.0}},
                      {"scale", {scale ? 1.0 : 0.0}},
                      {"frozen", {frozen ? 1.0 : 0.0}},
                      {"synchronized", {1}}},
                     Flows::kToFirst,
                     mask_columns > 0 ? to_mask : nullptr};
  };
  const auto normalize_groups = [](double outer, double channels, double inner, double groups) {
    return LayerCase{"group_normalization",
                     {{"outer", {outer}},
                      {"channels", {channels}},
                      {"inner", {inner}},
                      {"groups", {groups}},
                      {"epsilon", {0.1}},
                      {"center", {1}},
                      {"scale", {1}}}};
  };
  const auto normalize_layer = [](std::vector<double> axes, std::vector<double> weights, bool center = true,
                                  bool scale = true) {
    return LayerCase{"layer_normalization",
                     {{"shape", {3, 4, 5}},
                      {"axes", std::move(axes)},
                      {"weights", std::move(weights)},
                      {"epsilon", {0.1}},
                      {"center", {center ? 1.0 : 0.0}},
                      {"scale", {scale ? 1.0 : 0.0}}}};
  };
  const auto dot = [](double first_outer, double first_inner, double second_outer, double second_inner,
                      bool normalize) {
    return LayerCase{"dot",
                     {{"first_outer", {first_outer}},
                      {"size", {5}},
                      {"first_inner", {first_inner}},
                      {"second_outer", {second_outer}},
                      {"second_inner", {second_inner}},
                      {"normalize", {normalize ? 1.0 : 0.0}},
                      {"epsilon", {1e-7}}}};
  };
  const auto drop = [](const char* layer, std::vector<double> noise_shape, bool shared) {
    return LayerCase{layer,
                     {{"shape", {3, 5}},
                      {"noise_shape", std::move(noise_shape)},
                      {"shared", {shared ? 1.0 : 0.0}},
                      {"rate", {0.4}},
                      {"seed", {1}}}};
  };
  const auto merge = [](const char* layer) {
    return LayerCase{
        layer, {{"inputs", {4}}, {"shapes", {1, 2, 1, 3, 2, 4, 3, 1, 1, 3, 2, 4}}}, Flows::kToAll, to_levels};
  };
  const LayerCase cases[] = {
      normalize_batch(3, 5, 1, 0),
      normalize_batch(3, 65, 1, 0),
      normalize_batch(1, 5, 7, 0),
      normalize_batch(2, 3, 33, 0),
      normalize_batch(3, 5, 1, 5),
      normalize_batch(1, 5, 7, 7),
      normalize_batch(2, 5, 6, 3),
      normalize_batch(3, 33, 1, 0, true),
      normalize_batch(1, 5, 7, 7, true),
      normalize_batch(3, 5, 1, 0, false, false, true),
      normalize_batch(3, 5, 1, 0, false, true, false),
      normalize_batch(3, 5, 1, 0, false, false, false),
      normalize_groups(1, 6, 1, 2),
      normalize_groups(3, 6, 1, 3),
      normalize_groups(2, 6, 5, 3),
      normalize_groups(2, 6, 5, 6),
      normalize_groups(20, 4, 33, 2),
      normalize_layer({3}, {5}),
      normalize_layer({2, 3}, {4, 5}),
      normalize_layer({1, 2, 3}, {3, 4, 5}),
      normalize_layer({2}, {4}),
      normalize_layer({1}, {3}),
      normalize_layer({1, 3}, {5, 3}),
      normalize_layer({2}, {4}, false, true),
      normalize_layer({3}, {5}, true, false),
      normalize_layer({3}, {5}, false, false),
      {"rms_normalization", {{"shape", {3, 4, 5}}, {"axes", {1, 3}}, {"weights", {3, 5}}, {"epsilon", {0.1}}}},
      {"unit_normalization", {{"shape", {3, 4, 5}}, {"axes", {2}}, {"epsilon", {1e-12}}}},
      dot(1, 1, 1, 1, true),
      dot(2, 3, 2, 2, false),
      dot(2, 3, 2, 2, true),
      drop("dropout", {1, 5}, false),
      drop("dropout", {3, 1}, false),
      drop("dropout", {3, 5}, true),
      drop("alpha_dropout", {1, 5}, true),
      merge("add"),
      merge("average"),
      merge("maximum"),
      merge("minimum"),
      merge("multiply"),
      {"subtract", {{"inputs", {2}}, {"shapes", {3, 1, 1, 4}}}},
      {"concatenate", {{"outer", {3}}, {"sizes", {4, 1, 6}}}},
      {"permute", {{"shape", {2, 3, 4}}, {"dims", {3, 1, 2}}}},
      {"prelu", {{"shape", {2, 3, 4}}, {"alpha_shape", {1, 3, 1}}}},
      {"prelu", {{"shape", {2, 3, 4}}, {"alpha_shape", {1, 1, 4}}}},
      {"rescaling", {{"size", {12}}, {"scale", {0.5, 2, -1}}, {"offset", {0.25, 1}}}},
      {"normalization",
       {{"size", {600}}, {"mean", {0.5, 0.1}}, {"variance", {0.25, 0.5, 2}}, {"invert", {0}}, {"epsilon", {1e-7}}}},
      {"normalization",
       {{"size", {6}}, {"mean", {0.5}}, {"variance", {0.25, 0.5}}, {"invert", {1}}, {"epsilon", {1e-7}}}},
      {"mask", {{"steps", {4}}, {"features", {3}}, {"mask_value", {0.5}}}, Flows::kToNone},
      {"mask_fill", {{"steps", {4}}, {"features", {3}}, {"value", {-1}}}, Flows::kToFirst, to_mask},
      {"embedding", {{"size", {4}}, {"input_dim", {2000}}, {"output_dim", {40}}}, Flows::kToNone, to_indices},
      {"category_encoding", {{"rows", {3}}, {"columns", {2}}, {"num_tokens", {2}}, {"count", {1}}}, Flows::kToNone},
      {"discretization",
       {{"rows", {6}}, {"columns", {1}}, {"boundaries", {0}}, {"codes", {0}}, {"count", {0}}},
       Flows::kToNone},
  };
  for (const auto& layer_case : cases) check(layer_case, 8);
}

TEST_CASE("gradients of long variables are cut into tasks") {
  const LayerCase cases[] = {
      {"layer_normalization",
       {{"shape", {5, 100}}, {"axes", {2}}, {"weights", {100}}, {"epsilon", {0.1}}, {"center", {1}}, {"scale", {1}}}},
      {"prelu", {{"shape", {100, 5}}, {"alpha_shape", {100, 1}}}},
      {"embedding", {{"size", {4}}, {"input_dim", {5}}, {"output_dim", {100}}}, Flows::kToNone, to_indices},
  };
  for (const auto& layer_case : cases) {
    const auto layer = make_layer(layer_case.layer, layer_case.parameters);
    CHECK(layer->gradient_tasks(300) > 1);
    LayerArrays arrays(*layer, 300);
    if (layer_case.prepare != nullptr) layer_case.prepare(arrays);
    check_gradient_tasks(*layer, arrays);
  }
}

}  // namespace gemsbok::core
