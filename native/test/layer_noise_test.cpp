#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "layer_check.h"
#include "layers/noise.h"
#include "rng.h"

namespace gemsbok::core {
namespace {

TestParameters drop(double size, double rate) {
  return {{"shape", {size}}, {"noise_shape", {size}}, {"shared", {0}}, {"rate", {rate}}, {"seed", {11}}};
}

std::vector<float> forward(const Layer& layer, const std::vector<float>& x, const StepKey& key, std::uint64_t node) {
  std::vector<float> y(x.size());
  const float* inputs[] = {x.data()};
  const std::size_t samples = x.size() / layer.input_size(0);
  layer.forward({0, samples, samples, nullptr, nullptr, inputs, y.data(), nullptr, key, node, nullptr});
  return y;
}

struct Statistics {
  double mean = 0, variance = 0;
};

Statistics statistics_of(const std::vector<float>& values) {
  Statistics statistics;
  const auto count = static_cast<double>(values.size());
  for (const float value : values) statistics.mean += static_cast<double>(value) / count;
  for (const float value : values) {
    statistics.variance += std::pow(static_cast<double>(value) - statistics.mean, 2) / count;
  }
  return statistics;
}

constexpr StepKey kKey = {true, 5, 9};
constexpr std::uint64_t kNode = 4;

}  // namespace

TEST_CASE("dropout draws the words of its generator") {
  constexpr std::size_t kSamples = 7, kSize = 50, kBlocks = 16;
  const double rate = 0.3;
  const auto layer = make_layer("dropout", drop(kSize, rate));
  const auto y = forward(*layer, std::vector<float>(kSamples * kSize, 1.0F), kKey, kNode);
  const NoiseKey key = noise_key(kKey, 11, kNode);
  const Philox generator(key.seed, key.stream);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t group = i / (4 * kBlocks), place = i % (4 * kBlocks);
    const std::uint32_t word = generator.block(group * kBlocks + place % kBlocks)[place / kBlocks];
    CAPTURE(i);
    CHECK(y[i] == (word < static_cast<std::uint32_t>(std::round(rate * 0x1p32)) ? 0.0F : 1 / 0.7F));
  }
}

TEST_CASE("dropout depends on run, step, node and seed") {
  const auto layer = make_layer("dropout", drop(64, 0.5));
  TestParameters other_seed = {
      {"shape", {64}}, {"noise_shape", {64}}, {"shared", {0}}, {"rate", {0.5}}, {"seed", {12}}};
  const std::vector<float> x(128, 1.0F);
  const auto y = forward(*layer, x, kKey, kNode);
  CHECK(y == forward(*layer, x, kKey, kNode));
  CHECK(y != forward(*layer, x, {true, 6, 9}, kNode));
  CHECK(y != forward(*layer, x, {true, 5, 10}, kNode));
  CHECK(y != forward(*layer, x, kKey, kNode + 1));
  CHECK(y != forward(*make_layer("dropout", other_seed), x, kKey, kNode));
}

TEST_CASE("dropout at the ends of its range") {
  std::vector<float> x(100, 2.0F);
  x[3] = std::numeric_limits<float>::quiet_NaN();
  x[4] = std::numeric_limits<float>::infinity();
  CHECK(forward(*make_layer("dropout", drop(10, 1)), x, kKey, kNode) == std::vector<float>(100, 0.0F));
  x[3] = 1;
  for (const char* name : {"dropout", "alpha_dropout"}) {
    CHECK(forward(*make_layer(name, drop(10, 0)), x, kKey, kNode) == x);
    CHECK(forward(*make_layer(name, drop(10, 0.5)), x, {false, 5, 9}, kNode) == x);
  }
  CHECK(forward(*make_layer("gaussian_noise", {{"size", {10}}, {"stddev", {1}}, {"seed", {0}}}), x, {false, 5, 9},
                kNode) == x);
}

TEST_CASE("noise has the moments that Keras gives it") {
  constexpr std::size_t kCount = 200 * 200;
  const std::vector<float> ones(kCount, 1.0F);
  for (const double rate : {0.1, 0.5}) {
    CAPTURE(rate);
    const auto y = forward(*make_layer("dropout", drop(200, rate)), ones, kKey, kNode);
    double zeros = 0;
    for (const float value : y) {
      CHECK((value == 0 || value == static_cast<float>(1 / (1 - rate))));
      zeros += value == 0 ? 1 : 0;
    }
    CHECK(zeros / kCount == doctest::Approx(rate).epsilon(0.05));
    const auto scaled = statistics_of(forward(
        *make_layer("gaussian_dropout", {{"size", {200}}, {"rate", {rate}}, {"seed", {1}}}), ones, kKey, kNode));
    CHECK(scaled.mean == doctest::Approx(1).epsilon(0.02));
    CHECK(scaled.variance == doctest::Approx(rate / (1 - rate)).epsilon(0.03));
  }
  const auto noise = forward(*make_layer("gaussian_noise", {{"size", {200}}, {"stddev", {0.5}}, {"seed", {1}}}),
                             std::vector<float>(kCount, 3.0F), kKey, kNode);
  CHECK(statistics_of(noise).mean == doctest::Approx(3).epsilon(0.005));
  CHECK(statistics_of(noise).variance == doctest::Approx(0.25).epsilon(0.03));
  // Alpha dropout keeps mean and variance of standard normal numbers.
  const auto kept = forward(*make_layer("alpha_dropout", drop(200, 0.3)),
                            forward(*make_layer("gaussian_noise", {{"size", {200}}, {"stddev", {1}}, {"seed", {2}}}),
                                    std::vector<float>(kCount, 0.0F), kKey, kNode),
                            kKey, kNode);
  CHECK(statistics_of(kept).mean == doctest::Approx(0).scale(1).epsilon(0.02));
  CHECK(statistics_of(kept).variance == doctest::Approx(1).epsilon(0.03));
}

TEST_CASE("normal noise fills the tails and has no pattern") {
  constexpr std::size_t kCount = 64 * 2000;
  const auto noise = forward(*make_layer("gaussian_noise", {{"size", {64}}, {"stddev", {1}}, {"seed", {1}}}),
                             std::vector<float>(kCount, 0.0F), kKey, kNode);
  double beyond_one = 0, beyond_three = 0, neighbours = 0, pairs = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto value = static_cast<double>(noise[i]);
    beyond_one += std::abs(value) > 1 ? 1.0 / kCount : 0;
    beyond_three += std::abs(value) > 3 ? 1.0 / kCount : 0;
    neighbours += value * static_cast<double>(noise[(i + 1) % kCount]) / kCount;
    pairs += value * static_cast<double>(noise[(i + 16) % kCount]) / kCount;
  }
  CHECK(beyond_one == doctest::Approx(0.3173).epsilon(0.03));
  CHECK(beyond_three == doctest::Approx(0.0027).epsilon(0.2));
  CHECK(std::abs(neighbours) < 0.02);
  CHECK(std::abs(pairs) < 0.02);
}

TEST_CASE("noise is shared along axes of size one") {
  const auto noise = [](std::vector<double> shape, bool shared) {
    return make_layer("dropout", {{"shape", {4, 40}},
                                  {"noise_shape", std::move(shape)},
                                  {"shared", {shared ? 1.0 : 0.0}},
                                  {"rate", {0.5}},
                                  {"seed", {1}}});
  };
  const std::vector<float> x(2 * 160, 1.0F);
  const auto columns = forward(*noise({1, 40}, false), x, kKey, kNode);
  const auto rows = forward(*noise({4, 1}, false), x, kKey, kNode);
  const auto samples = forward(*noise({4, 40}, true), x, kKey, kNode);
  const std::size_t from = 0, to = 160;
  for (std::size_t i = from; i < to; ++i) {
    CHECK(columns[i] == columns[i % 40]);
    CHECK(rows[i] == rows[i / 40 * 40]);
    CHECK(samples[i] == samples[160 + i]);
  }
  CHECK(std::vector<float>(columns.begin(), columns.begin() + 160) !=
        std::vector<float>(columns.begin() + 160, columns.end()));
  CHECK(std::vector<float>(samples.begin(), samples.begin() + 40) !=
        std::vector<float>(samples.begin() + 40, samples.begin() + 80));
}

}  // namespace gemsbok::core
