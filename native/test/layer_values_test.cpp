#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "layer_check.h"

namespace gemsbok::core {
namespace {

using Arrays = std::vector<std::vector<float>>;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

void check_near(const std::vector<float>& values, const std::vector<float>& expected) {
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    CHECK(static_cast<double>(values[i]) == doctest::Approx(static_cast<double>(expected[i])).epsilon(1e-5).scale(1));
  }
}

PassResult run(const char* name, const TestParameters& parameters, Arrays x, std::vector<float> upstream = {},
               Arrays variables = {}, bool training = false) {
  const auto layer = make_layer(name, parameters);
  LayerArrays arrays(*layer, x[0].size() / layer->input_size(0));
  arrays.x = std::move(x);
  if (!upstream.empty()) arrays.upstream = std::move(upstream);
  if (!variables.empty()) arrays.variables = std::move(variables);
  return run_pass(*layer, arrays, {.training = training});
}

TestParameters batch_normalization(double channels, double inner, double mask_columns, double momentum,
                                   double epsilon) {
  return {{"outer", {mask_columns > 0 ? 3.0 : 1.0}},
          {"channels", {channels}},
          {"inner", {inner}},
          {"mask_columns", {mask_columns}},
          {"mask_epsilon", {1e-7}},
          {"momentum", {momentum}},
          {"epsilon", {epsilon}},
          {"center", {1}},
          {"scale", {1}},
          {"frozen", {0}},
          {"synchronized", {1}}};
}

const std::vector<float> kX = {1, -2, 0.5F, 0.25F, 3, -1.5F, -0.75F, 0.5F, 2, 1.5F, -0.25F, -1};
const std::vector<float> kUpstream = {0.25F, 0.5F, 0.75F, 1, 1.25F, 0.25F, 0.5F, 0.75F, 1, 1.25F, 0.25F, 0.5F};

}  // namespace

// The numbers of runs of Keras 3.16.0.
TEST_CASE("batch normalization in training") {
  const PassResult last = run("batch_normalization", batch_normalization(3, 1, 0, 0.5, 1e-5), {kX}, kUpstream,
                              {{1.5F, 0.5F, 2}, {0.1F, -0.2F, 0.3F}, {0.5F, -0.5F, 0.25F}, {2, 0.5F, 1.5F}}, true);
  check_near(last.y, {0.984645583F, -0.843307036F, 1.0302948F, -0.342322791F, 0.547627096F, -1.89088439F, -2.11161396F,
                      -0.14783997F, 3.22117918F, 1.86929117F, -0.35648009F, -1.16058959F});
  check_near(last.grad_x[0], {-1.038495F, 0.05752076F, 0.03651552F, 0.5192474F, 0.02901323F, -0.1095466F, -0.05769963F,
                              0.00849364F, -0.03651162F, 0.5769471F, -0.09502763F, 0.1095427F});
  check_near(last.gradients[0], {0.5897637F, 1.225761F, 1.095442F});
  check_near(last.gradients[1], {3, 2.75F, 2.5F});
  check_near(last.states[2], {0.5F, -0.09375F, 0.125F});
  check_near(last.states[3], {1.359375F, 1.86523438F, 1.6875F});

  const PassResult first =
      run("batch_normalization", batch_normalization(2, 2, 0, 0.99, 1e-3),
          {{1, -2, 0.25F, 3, -0.75F, 0.5F, 1.5F, -0.25F}}, {0.25F, 0.5F, 0.75F, 1, 1.25F, 0.25F, 0.5F, 0.75F},
          {{1.5F, 0.5F}, {0.1F, -0.2F}, {0.5F, -0.5F}, {2, 0.5F}}, true);
  check_near(first.y, {1.79038517F, -2.07335236F, -0.548152728F, 0.54604156F, -0.463461724F, 1.14642892F,
                       -0.0507916879F, -0.747097144F});
  check_near(first.grad_x[0],
             {-0.1347417F, -0.4247201F, 0.02066924F, 0.05518097F, 0.7961962F, -0.2367344F, -0.1083305F, 0.03248024F});
  check_near(first.gradients[0], {-0.7378665F, 0.2984166F});
  check_near(first.states[2], {0.491875F, -0.48375F});
  check_near(first.states[3], {1.99355469F, 0.51078125F});
}

TEST_CASE("batch normalization counts what its mask lets through") {
  const TestParameters parameters = batch_normalization(2, 1, 2, 0.75, 0.5);
  const Arrays variables = {{1, 1}, {0, 0}, {1, 2}, {0.5F, 0.25F}};
  const std::vector<float> x = {1, 2, 3, -1, 5, 0, 2, 2, -4, 1, 7, 3};
  const PassResult masked = run("batch_normalization", parameters, {x, {1, 0, 1, 1, 1, 0}}, {}, variables, true);
  check_near(masked.y, {0, 0.688247235F, 0.603022704F, -2.06474159F, 1.2060454F, -1.14707865F, 0.301511356F,
                        0.688247235F, -1.50755673F, -0.229415707F, 1.8090681F, 1.60591018F});
  check_near(masked.states[2], {1, 1.8125F});
  check_near(masked.states[3], {3, 0.359375F});
  const PassResult nothing =
      run("batch_normalization", parameters, {x, std::vector<float>(6, 0.0F)}, {}, variables, true);
  for (const float y : nothing.y) CHECK(std::isfinite(y));
  for (const float grad : nothing.grad_x[0]) CHECK(std::isfinite(grad));
}

TEST_CASE("normalizations of rows") {
  const PassResult layer =
      run("layer_normalization",
          {{"shape", {3}}, {"axes", {1}}, {"weights", {3}}, {"epsilon", {1e-6}}, {"center", {1}}, {"scale", {1}}}, {kX},
          kUpstream, {{1.5F, 0.5F, 2}, {0.1F, -0.2F, 0.3F}});
  check_near(layer.y, {1.43350095F, -0.898500496F, 1.31600072F, -0.169952723F, 0.452385747F, -1.94960603F, -1.67899766F,
                       -0.237062451F, 2.82024668F, 2.12867015F, -0.359111384F, -1.768448F});
  check_near(layer.grad_x[0], {-0.42248F, -0.08449618F, 0.5069762F, 0.3368944F, -0.1310145F, -0.2058799F, 0.3042375F,
                               -0.5577696F, 0.2535321F, 0.2061908F, -0.6873009F, 0.4811101F});
  check_near(layer.gradients[0], {1.139841F, 0.7973145F, 0.8428109F});
  check_near(layer.gradients[1], {3, 2.75F, 2.5F});

  const PassResult rms =
      run("rms_normalization", {{"shape", {3}}, {"axes", {1}}, {"weights", {3}}, {"epsilon", {0.01}}}, {kX}, kUpstream,
          {{1.5F, 0.5F, 2}});
  check_near(rms.y, {1.13066754F, -0.753778361F, 0.753778361F, 0.19285793F, 0.77143172F, -1.54286344F, -0.885479141F,
                     0.196773142F, 3.14837028F, 2.13160847F, -0.118422693F, -1.89476309F});
  check_near(rms.gradients[0], {1.798197F, 1.410749F, 1.190303F});

  // Along the first axis of one sample.
  const PassResult unit =
      run("unit_normalization", {{"shape", {4, 3}}, {"axes", {1}}, {"epsilon", {1e-12}}}, {kX}, kUpstream);
  check_near(unit.y, {0.508000508F, -0.548150968F, 0.182574186F, 0.127000127F, 0.822226452F, -0.547722558F,
                      -0.381000381F, 0.137037742F, 0.730296743F, 0.762000762F, -0.068518871F, -0.365148372F});
  check_near(unit.grad_x[0], {-0.1351937F, 0.2631382F, 0.2373464F, 0.4424521F, 0.1534437F, 0.2008316F, 0.4506456F,
                              0.1740315F, 0.219089F, 0.2417099F, 0.08428143F, 0.2556039F});
}

TEST_CASE("groups are normalized each by itself") {
  const TestParameters parameters = {{"outer", {1}},     {"channels", {4}}, {"inner", {1}}, {"groups", {2}},
                                     {"epsilon", {0.0}}, {"center", {0}},   {"scale", {0}}};
  check_near(run("group_normalization", parameters, {{1, 3, -5, 5}}).y, {-1, 1, -1, 1});
}

TEST_CASE("a row of zeros has no direction") {
  const PassResult unit =
      run("unit_normalization", {{"shape", {2}}, {"axes", {1}}, {"epsilon", {0.5}}}, {{0, 0}}, {1, 2});
  CHECK(unit.y == std::vector<float>{0, 0});
  CHECK(unit.grad_x[0] == std::vector<float>{2, 4});
  const TestParameters dot = {{"first_outer", {1}},  {"size", {2}},      {"first_inner", {1}}, {"second_outer", {1}},
                              {"second_inner", {1}}, {"normalize", {1}}, {"epsilon", {1e-7}}};
  CHECK(run("dot", dot, {{0, 0}, {3, 4}}).y == std::vector<float>{0});
  check_near(run("dot", dot, {{3, 4}, {4, 3}}).y, {0.96F});
}

TEST_CASE("equal inputs of an extreme share its gradient") {
  const TestParameters three = {{"inputs", {3}}, {"shapes", {3, 3, 3}}};
  const Arrays x = {{1, 2, 2}, {1, 1, 2}, {0, 2, 2}};
  const PassResult most = run("maximum", three, x, {1, 1, 1}), least = run("minimum", three, x, {1, 1, 1});
  CHECK(most.grad_x == Arrays{{0.5F, 0.5F, 0.25F}, {0.5F, 0, 0.25F}, {0, 0.5F, 0.5F}});
  CHECK(least.grad_x == Arrays{{0, 0, 0.25F}, {0, 1, 0.25F}, {1, 0, 0.5F}});
  for (const char* name : {"maximum", "minimum"}) {
    for (const float y : run(name, three, {{kNaN, 1, 1}, {1, kNaN, 1}, {1, 1, kNaN}}).y) CHECK(std::isnan(y));
  }
}

TEST_CASE("encodings") {
  const auto discretize = [](std::vector<double> boundaries, double rows, double columns, double codes, bool count) {
    return TestParameters{{"rows", {rows}},
                          {"columns", {columns}},
                          {"boundaries", std::move(boundaries)},
                          {"codes", {codes}},
                          {"count", {count ? 1.0 : 0.0}}};
  };
  CHECK(run("discretization", discretize({0, 1, 2}, 1, 4, 0, false), {{-1.5F, 1, 3.4F, 0.5F, 0, 3, 1.3F, 0}}).y ==
        std::vector<float>{0, 2, 3, 1, 1, 3, 2, 1});
  CHECK(run("discretization", discretize({0, 0.5, 1}, 1, 3, 4, true), {{-0.2F, 0.25F, 0.3F, 0.5F, 1, 3.4F}}).y ==
        std::vector<float>{1, 2, 0, 0, 0, 0, 1, 2});
  CHECK(run("discretization", discretize({0.1}, 2, 1, 2, false), {{0.1F, -1}}).y == std::vector<float>{0, 1, 1, 0});
  CHECK(run("discretization", discretize({0, 1}, 1, 1, 0, false), {{kNaN}}).y == std::vector<float>{2});

  const auto encode = [](double columns, bool count) {
    return TestParameters{{"rows", {1}}, {"columns", {columns}}, {"num_tokens", {4}}, {"count", {count ? 1.0 : 0.0}}};
  };
  CHECK(run("category_encoding", encode(2, false), {{0, 1, 0, 0, 3, 1}}).y ==
        std::vector<float>{1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1});
  CHECK(run("category_encoding", encode(2, true), {{0, 1, 0, 0}}).y == std::vector<float>{1, 1, 0, 0, 2, 0, 0, 0});
  CHECK(run("category_encoding", encode(5, true), {{4, -1, kNaN, std::numeric_limits<float>::infinity(), 3}}).y ==
        std::vector<float>{0, 0, 0, 1});
}

TEST_CASE("an embedding has nothing for numbers out of range") {
  const TestParameters parameters = {{"size", {5}}, {"input_dim", {2}}, {"output_dim", {1}}};
  const PassResult result = run("embedding", parameters, {{0, 1.9F, 2, -1, kNaN}}, {1, 2, 3, 4, 5}, {{7, 8}});
  CHECK(result.y[0] == 7);
  CHECK(result.y[1] == 8);
  for (const std::size_t i : {2, 3, 4}) CHECK(std::isnan(result.y[i]));
  CHECK(result.gradients[0] == std::vector<float>{1, 2});
}

TEST_CASE("masks") {
  const auto mask = [](double value) {
    return TestParameters{{"steps", {3}}, {"features", {2}}, {"mask_value", {value}}};
  };
  CHECK(run("mask", mask(3), {{3, 3, 3, 0, kNaN, 3}}).y == std::vector<float>{0, 1, 1});
  CHECK(run("mask", mask(kNaN), {{3, 3, 3, 0, kNaN, kNaN}}).y == std::vector<float>{1, 1, 1});
  const TestParameters fill = {{"steps", {2}}, {"features", {2}}, {"value", {5}}};
  const PassResult filled = run("mask_fill", fill, {{kNaN, 3, 3, 0}, {0, 1}}, {kNaN, 2, 3, 4});
  CHECK(filled.y == std::vector<float>{5, 5, 3, 0});
  CHECK(filled.grad_x[0] == std::vector<float>{0, 0, 3, 4});
}

TEST_CASE("constants of a layer repeat along a sample") {
  CHECK(run("rescaling", {{"size", {6}}, {"scale", {1, 2, 3}}, {"offset", {10}}}, {{1, 1, 1, 2, 2, 2}}).y ==
        std::vector<float>{11, 12, 13, 12, 14, 16});
  const auto normalize = [](bool invert) {
    return TestParameters{{"size", {3}},
                          {"mean", {1, 2, 3}},
                          {"variance", {4, 1, 0}},
                          {"invert", {invert ? 1.0 : 0.0}},
                          {"epsilon", {1e-7}}};
  };
  CHECK(run("normalization", normalize(false), {{1, -2, 3}}).y == std::vector<float>{0, -4, 0});
  CHECK(run("normalization", normalize(true), {{0, -4, 0}}).y == std::vector<float>{1, -2, 3});
}

TEST_CASE("an activity regularizer adds its share of the batch") {
  const PassResult result = run("activity_regularization", {{"size", {2}}, {"l1", {0.5}}, {"l2", {0.25}}},
                                {{1, -2, 0, 4}}, {1, 1, 1, 1}, {}, true);
  CHECK(result.penalty == doctest::Approx((0.5 * 7 + 0.25 * 21) / 2));
  CHECK(result.grad_x[0] == std::vector<float>{1.5F, 0.25F, 1, 2.25F});
}

TEST_CASE("slopes at zero are zero, as Keras has them") {
  const PassResult result = run("prelu", {{"shape", {3}}, {"alpha_shape", {1}}}, {{-2, 0, 3}}, {1, 1, 1}, {{0.25F}});
  CHECK(result.y == std::vector<float>{-0.5F, 0, 3});
  CHECK(result.grad_x[0] == std::vector<float>{0.25F, 0, 1});
  CHECK(result.gradients[0] == std::vector<float>{-2});
}

TEST_CASE("axes change their places") {
  CHECK(run("permute", {{"shape", {2, 3}}, {"dims", {2, 1}}}, {{1, 2, 3, 4, 5, 6}}).y ==
        std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(run("repeat_vector", {{"size", {2}}, {"n", {2}}}, {{1, 2, 3, 4}}).y ==
        std::vector<float>{1, 2, 1, 2, 3, 4, 3, 4});
  CHECK(run("concatenate", {{"outer", {2}}, {"sizes", {2, 1}}}, {{1, 2, 3, 4}, {5, 6}}).y ==
        std::vector<float>{1, 2, 5, 3, 4, 6});
}

TEST_CASE("layers that do not fit their input are refused") {
  const struct {
    const char* name;
    TestParameters parameters;
  } refused[] = {
      {"add", {{"inputs", {2}}, {"shapes", {2, 3}}}},
      {"add", {{"inputs", {2}}, {"shapes", {2, 2, 2}}}},
      {"add", {{"inputs", {0}}, {"shapes", {}}}},
      {"subtract", {{"inputs", {3}}, {"shapes", {2, 2, 2}}}},
      {"batch_normalization", batch_normalization(0, 1, 0, 0.5, 1e-3)},
      {"batch_normalization", batch_normalization(2, 1, 4, 0.5, 1e-3)},
      {"concatenate", {{"outer", {1}}, {"sizes", {}}}},
      {"discretization", {{"rows", {1}}, {"columns", {1}}, {"boundaries", {1, 0}}, {"codes", {0}}, {"count", {0}}}},
      {"discretization", {{"rows", {1}}, {"columns", {1}}, {"boundaries", {0, 1}}, {"codes", {2}}, {"count", {0}}}},
      {"dropout", {{"shape", {2}}, {"noise_shape", {3}}, {"shared", {0}}, {"rate", {0.5}}, {"seed", {0}}}},
      {"dropout", {{"shape", {2}}, {"noise_shape", {2}}, {"shared", {0}}, {"rate", {1.5}}, {"seed", {0}}}},
      {"embedding", {{"size", {1}}, {"input_dim", {0}}, {"output_dim", {1}}}},
      {"group_normalization",
       {{"outer", {1}},
        {"channels", {3}},
        {"inner", {1}},
        {"groups", {2}},
        {"epsilon", {0}},
        {"center", {1}},
        {"scale", {1}}}},
      {"layer_normalization",
       {{"shape", {2, 3}}, {"axes", {2}}, {"weights", {2}}, {"epsilon", {0}}, {"center", {1}}, {"scale", {1}}}},
      {"layer_normalization",
       {{"shape", {2, 3}}, {"axes", {3}}, {"weights", {3}}, {"epsilon", {0}}, {"center", {1}}, {"scale", {1}}}},
      {"normalization", {{"size", {3}}, {"mean", {0, 0}}, {"variance", {1}}, {"invert", {0}}, {"epsilon", {1e-7}}}},
      {"permute", {{"shape", {2, 3}}, {"dims", {1, 1}}}},
      {"permute", {{"shape", {2, 3}}, {"dims", {1, 3}}}},
      {"prelu", {{"shape", {2, 3}}, {"alpha_shape", {2}}}},
      {"repeat_vector", {{"size", {2}}, {"n", {0}}}},
      {"rescaling", {{"size", {3}}, {"scale", {}}, {"offset", {0}}}},
      {"unit_normalization", {{"shape", {65536, 65536}}, {"axes", {1}}, {"epsilon", {0}}}},
  };
  for (const auto& [name, parameters] : refused) {
    CAPTURE(std::string(name));
    CHECK_THROWS_AS(make_layer(name, parameters), Error);
  }
}

}  // namespace gemsbok::core
