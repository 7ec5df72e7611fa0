#include <algorithm>

#include "../buffer.h"
#include "initializer.h"
#include "orthogonal.h"

namespace gemsbok::core {
namespace {

// parameters: value
void constant(const double* p, std::uint64_t, Matrix<float> out) {
  std::fill_n(out.data, out.size(), static_cast<float>(p[0]));
}

// parameters: gain
void identity(const double* p, std::uint64_t, Matrix<float> out) {
  std::fill_n(out.data, out.size(), 0.0F);
  for (std::size_t i = 0; i < std::min(out.rows, out.columns); ++i) out.row(i)[i] = static_cast<float>(p[0]);
}

// parameters: gain; the rows are orthogonal where there are fewer of them, otherwise the columns
void orthogonal(const double* p, std::uint64_t seed, Matrix<float> out) {
  const bool wide = out.rows < out.columns;
  const std::size_t count = std::min(out.rows, out.columns), length = std::max(out.rows, out.columns);
  const Buffer<double> draws(count * length);
  const Philox generator(seed, 0);
  for (std::size_t i = 0; i < draws.size(); ++i) draws.data()[i] = generator.normal(i);
  const Matrix<double> vectors = {draws.data(), count, length};
  orthonormalize(vectors);
  for (std::size_t r = 0; r < out.rows; ++r) {
    for (std::size_t c = 0; c < out.columns; ++c) {
      out.row(r)[c] = static_cast<float>(p[0] * (wide ? vectors.row(r)[c] : vectors.row(c)[r]));
    }
  }
}

// parameters: minval, maxval; half-open
void random_uniform(const double* p, std::uint64_t seed, Matrix<float> out) {
  const Philox generator(seed, 0);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const float value = static_cast<float>(p[0] + (p[1] - p[0]) * generator.uniform(i));
    // Rounding to float can reach the open end.
    out.data[i] = value < static_cast<float>(p[1]) ? value : static_cast<float>(p[0]);
  }
}

// parameters: mean, stddev
void random_normal(const double* p, std::uint64_t seed, Matrix<float> out) {
  const Philox generator(seed, 0);
  for (std::size_t i = 0; i < out.size(); ++i) out.data[i] = static_cast<float>(p[0] + p[1] * generator.normal(i));
}

// parameters: mean, stddev; drawn again, each time from the next stream, until within two deviations
void truncated_normal(const double* p, std::uint64_t seed, Matrix<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    double draw = 0;
    std::uint64_t stream = 0;
    do {
      draw = Philox(seed, stream++).normal(i);
    } while (std::abs(draw) > 2);
    out.data[i] = static_cast<float>(p[0] + p[1] * draw);
  }
}

constexpr Entry<InitializerRun> kInitializers[] = {
    {"constant", {"value"}, {constant}},
    {"identity", {"gain"}, {identity}},
    {"orthogonal", {"gain"}, {orthogonal}},
    {"random_normal", {"mean", "stddev"}, {random_normal}},
    {"random_uniform", {"minval", "maxval"}, {random_uniform}},
    {"truncated_normal", {"mean", "stddev"}, {truncated_normal}},
};

}  // namespace

Registry<InitializerRun> initializers() { return Registry<InitializerRun>::of(kInitializers); }

}  // namespace gemsbok::core
