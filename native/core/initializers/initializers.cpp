#include <algorithm>

#include "../buffer.h"
#include "initializer.h"
#include "orthogonal.h"

namespace gemsbok::core {
namespace {

struct Constant {
  static constexpr ParameterNames kParameters = {"value"};
  static void fill(ParametersOf<Constant> p, std::uint64_t, Matrix<float> out) {
    std::fill_n(out.data, out.size(), static_cast<float>(p["value"]));
  }
};

struct Identity {
  static constexpr ParameterNames kParameters = {"gain"};
  static void fill(ParametersOf<Identity> p, std::uint64_t, Matrix<float> out) {
    std::fill_n(out.data, out.size(), 0.0F);
    for (std::size_t i = 0; i < std::min(out.rows, out.columns); ++i) out.row(i)[i] = static_cast<float>(p["gain"]);
  }
};

// The rows are orthogonal where there are fewer of them, otherwise the columns.
struct Orthogonal {
  static constexpr ParameterNames kParameters = {"gain"};
  static void fill(ParametersOf<Orthogonal> p, std::uint64_t seed, Matrix<float> out) {
    const bool wide = out.rows < out.columns;
    const std::size_t count = std::min(out.rows, out.columns), length = std::max(out.rows, out.columns);
    const Buffer<double> draws(count * length);
    const Philox generator(seed, 0);
    for (std::size_t i = 0; i < draws.size(); ++i) draws.data()[i] = generator.normal(i);
    const Matrix<double> vectors = {draws.data(), count, length};
    orthonormalize(vectors);
    for (std::size_t r = 0; r < out.rows; ++r) {
      for (std::size_t c = 0; c < out.columns; ++c) {
        out.row(r)[c] = static_cast<float>(p["gain"] * (wide ? vectors.row(r)[c] : vectors.row(c)[r]));
      }
    }
  }
};

// Half-open.
struct RandomUniform {
  static constexpr ParameterNames kParameters = {"minval", "maxval"};
  static void fill(ParametersOf<RandomUniform> p, std::uint64_t seed, Matrix<float> out) {
    const Philox generator(seed, 0);
    const double low = p["minval"], high = p["maxval"];
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float value = static_cast<float>(low + (high - low) * generator.uniform(i));
      // Rounding to float can reach the open end.
      out.data[i] = value < static_cast<float>(high) ? value : static_cast<float>(low);
    }
  }
};

struct RandomNormal {
  static constexpr ParameterNames kParameters = {"mean", "stddev"};
  static void fill(ParametersOf<RandomNormal> p, std::uint64_t seed, Matrix<float> out) {
    const Philox generator(seed, 0);
    for (std::size_t i = 0; i < out.size(); ++i) {
      out.data[i] = static_cast<float>(p["mean"] + p["stddev"] * generator.normal(i));
    }
  }
};

// Drawn again, each time from the next stream, until within two deviations.
struct TruncatedNormal {
  static constexpr ParameterNames kParameters = {"mean", "stddev"};
  static void fill(ParametersOf<TruncatedNormal> p, std::uint64_t seed, Matrix<float> out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      double draw = 0;
      std::uint64_t stream = 0;
      do {
        draw = Philox(seed, stream++).normal(i);
      } while (std::abs(draw) > 2);
      out.data[i] = static_cast<float>(p["mean"] + p["stddev"] * draw);
    }
  }
};

template <class F>
void fill_by(ParameterView parameters, std::uint64_t seed, Matrix<float> out) {
  F::fill(ParametersOf<F>(parameters), seed, out);
}

template <class F>
constexpr Entry<InitializerRun> entry(const char* name) {
  return {name, F::kParameters, {fill_by<F>}};
}

// Adding an initializer: its struct above, and its line here.
constexpr Entry<InitializerRun> kInitializers[] = {
    entry<Constant>("constant"),
    entry<Identity>("identity"),
    entry<Orthogonal>("orthogonal"),
    entry<RandomNormal>("random_normal"),
    entry<RandomUniform>("random_uniform"),
    entry<TruncatedNormal>("truncated_normal"),
};

}  // namespace

Registry<InitializerRun> initializers() { return Registry<InitializerRun>::of(kInitializers); }

}  // namespace gemsbok::core
