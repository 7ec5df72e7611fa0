// The limits: matrix products and memory streams alone, of the shapes of a training step.
#include <cblas.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "blas.h"
#include "buffer.h"
#include "protocol.h"
#include "scheduler.h"
#include "simd.h"

namespace {

using bench::Measure;
using bench::Request;
using bench::timed;
using gemsbok::core::Buffer;
using gemsbok::core::Matrix;
using Team = const gemsbok::core::TeamPool::Lease;
namespace blas = gemsbok::core::blas;

int whole(std::size_t size) { return static_cast<int>(size); }

// OpenBLAS alone, without the library's own products of small kernels.
void multiply(Matrix<const float> a, Matrix<const float> b, Matrix<float> c) {
  const int m = whole(a.rows), n = whole(b.columns), k = whole(a.columns);
  if (m == 1) {
    cblas_sgemv(CblasRowMajor, CblasTrans, k, n, 1.0F, b.data, n, a.data, 1, 0.0F, c.data, 1);
  } else {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, a.data, k, b.data, n, 0.0F, c.data, n);
  }
}

void multiply_transposed(Matrix<const float> a, Matrix<const float> b, Matrix<float> c) {
  const int m = whole(a.rows), n = whole(b.rows), k = whole(a.columns);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0F, a.data, k, b.data, k, 0.0F, c.data, n);
}

void multiply_transposed_left(Matrix<const float> a, std::size_t first_column, Matrix<const float> b, Matrix<float> c) {
  const int m = whole(c.rows), n = whole(b.columns), k = whole(a.rows);
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1.0F, a.data + first_column, whole(a.columns), b.data,
              n, 0.0F, c.data, n);
}

Buffer<float> floats(std::size_t size) {
  Buffer<float> values(size);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1664525 + 1013904223;
    values.data()[i] = static_cast<float>(state) / 4294967296.0F - 0.5F;
  }
  return values;
}

std::shared_ptr<Buffer<float>> shared_floats(std::size_t size) { return std::make_shared<Buffer<float>>(floats(size)); }

// Each thread works on its share of `size` rows, units or elements.
template <class F>
void share(Team& team, std::size_t size, F work) {
  const std::size_t parts = team.threads();
  team.run(parts, [&](std::size_t part, std::size_t) {
    const std::size_t first = size * part / parts, last = size * (part + 1) / parts;
    if (first < last) work(first, last - first);
  });
}

struct Layer {
  Layer(std::size_t in, std::size_t units, std::size_t batch)
      : kernel{floats(in * units)},
        grad_kernel{floats(in * units)},
        y{floats(batch * units)},
        grad_y{floats(batch * units)},
        in(in),
        units(units) {}

  Matrix<float> of_kernel(const Buffer<float>& buffer) const { return {buffer.data(), in, units}; }

  Buffer<float> kernel, grad_kernel;  // [in, units]
  Buffer<float> y, grad_y;            // [batch, units]
  std::size_t in, units;
};

class Network {
 public:
  Network(const std::vector<std::size_t>& sizes, std::size_t batch) : x_(floats(batch * sizes[0])) {
    for (std::size_t l = 1; l < sizes.size(); ++l) layers_.emplace_back(sizes[l - 1], sizes[l], batch);
  }

  void forward(std::size_t first, std::size_t rows) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      multiply(input(l, first, rows), constant(layer.of_kernel(layer.kernel)), rows_of(layer.y, layer, first, rows));
    }
  }

  void step(Team& team, std::size_t batch) const {
    share(team, batch, [&](std::size_t first, std::size_t rows) {
      forward(first, rows);
      for (std::size_t l = layers_.size(); l-- > 1;) {
        const Layer &layer = layers_[l], &below = layers_[l - 1];
        multiply_transposed(constant(rows_of(layer.grad_y, layer, first, rows)),
                            constant(layer.of_kernel(layer.kernel)), rows_of(below.grad_y, below, first, rows));
      }
    });
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      share(team, layer.in, [&](std::size_t first, std::size_t rows) {
        multiply_transposed_left(input(l, 0, batch), first, constant(rows_of(layer.grad_y, layer, 0, batch)),
                                 layer.of_kernel(layer.grad_kernel).slice(first, rows));
      });
    }
  }

 private:
  static Matrix<const float> constant(Matrix<float> a) { return {a.data, a.rows, a.columns}; }

  static Matrix<float> rows_of(const Buffer<float>& buffer, const Layer& layer, std::size_t first, std::size_t rows) {
    return {buffer.data() + first * layer.units, rows, layer.units};
  }

  Matrix<const float> input(std::size_t l, std::size_t first, std::size_t rows) const {
    const std::size_t columns = layers_[l].in;
    return {(l == 0 ? x_ : layers_[l - 1].y).data() + first * columns, rows, columns};
  }

  Buffer<float> x_;  // [batch, sizes[0]]
  std::vector<Layer> layers_;
};

Measure epoch(const Request& request, Team& team) {
  const std::size_t batch = request.number("batch"), rows = request.number("rows");
  auto network = std::make_shared<Network>(request.numbers("layers"), batch);
  return [=, &team] {
    return timed([&] {
      for (std::size_t first = 0; first < rows; first += batch) network->step(team, std::min(batch, rows - first));
    });
  };
}

// A comparison of two products: so many times each by turns, for so long or longer.
constexpr std::size_t kRounds = 9;
constexpr double kLeastSeconds = 1e-4;

// The median of the seconds that a call of `work` takes.
template <class F>
double typical(std::size_t calls, F work) {
  std::vector<double> seconds(calls);
  for (double& each : seconds) each = timed(work);
  std::nth_element(seconds.begin(), seconds.begin() + calls / 2, seconds.end());
  return seconds[calls / 2];
}

Measure predict_row(const Request& request, Team&) {
  const std::size_t calls = request.number("calls");
  auto network = std::make_shared<Network>(request.numbers("layers"), 1);
  return [=] { return typical(calls, [&] { network->forward(0, 1); }); };
}

Measure peak(const Request& request, Team& team) {
  const std::size_t size = request.number("size");
  const auto a = shared_floats(size * size), b = shared_floats(size * size), c = shared_floats(size * size);
  return [=, &team] {
    return timed([&] {
      share(team, size, [&](std::size_t first, std::size_t rows) {
        multiply({a->data() + first * size, rows, size}, {b->data(), size, size},
                 {c->data() + first * size, rows, size});
      });
    });
  };
}

// Reads one or two arrays and writes one.
Measure stream(const Request& request, Team& team) {
  const std::size_t size = request.number("elements"), reads = request.number("reads"), calls = request.number("calls");
  const auto a = shared_floats(size), b = shared_floats(size), c = shared_floats(size);
  return [=, &team] {
    return typical(calls, [&] {
      share(team, size, [&](std::size_t first, std::size_t count) {
        const float *from = a->data() + first, *other = b->data() + first;
        float* to = c->data() + first;
        if (reads == 2) {
          for (std::size_t i = 0; i < count; ++i) to[i] = from[i] + other[i];
        } else {
          for (std::size_t i = 0; i < count; ++i) to[i] = from[i] * 2;
        }
      });
    });
  };
}

// How many times faster the library's product is than OpenBLAS', of a layer's outputs or of its kernel's gradient.
Measure product(const Request& request, Team&) {
  const std::size_t rows = request.number("rows"), in = request.number("in"), units = request.number("units");
  const bool is_forward = request.word("of") == "outputs";
  const auto layer = std::make_shared<Layer>(in, units, rows);
  const auto x = shared_floats(rows * in);
  const Matrix<const float> a{x->data(), rows, in}, kernel{layer->kernel.data(), in, units};
  const Matrix<const float> grad_y{layer->grad_y.data(), rows, units};
  const Matrix<float> y{layer->y.data(), rows, units}, grad_kernel{layer->grad_kernel.data(), in, units};
  const auto own = [=] {
    is_forward ? blas::multiply(a, kernel, y) : blas::multiply_transposed_left(a, 0, grad_y, grad_kernel, false);
  };
  const auto openblas = [=] {
    is_forward ? multiply(a, kernel, y) : multiply_transposed_left(a, 0, grad_y, grad_kernel);
  };
  return [layer, x, own, openblas] {
    const auto times = [](auto work, std::size_t calls) {
      return timed([&] {
        for (std::size_t call = 0; call < calls; ++call) work();
      });
    };
    own();
    const double once = std::min(times(openblas, 1), times(openblas, 1));
    const std::size_t calls = 1 + static_cast<std::size_t>(kLeastSeconds / once);
    std::vector<double> ratios(kRounds);
    for (double& ratio : ratios) ratio = times(openblas, calls) / times(own, calls);
    std::nth_element(ratios.begin(), ratios.begin() + kRounds / 2, ratios.end());
    return ratios[kRounds / 2];
  };
}

// What a loop by hand would be: XOR's four samples by 2-3-1 with the hyperbolic tangent, the logistic function and
// Adam.
class TinyNetwork {
 public:
  void step() {
    std::array<float, kVariables> gradients{};
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto [a, b] = kSamples[row];
      std::array<float, kHidden> hidden{};
      float logit = output_bias();
      for (std::size_t j = 0; j < kHidden; ++j) {
        hidden[j] = std::tanh(values_[j] * a + values_[kHidden + j] * b + values_[2 * kHidden + j]);
        logit += values_[3 * kHidden + j] * hidden[j];
      }
      const float error = (1 / (1 + std::exp(-logit)) - static_cast<float>(a != b)) / kRows;
      for (std::size_t j = 0; j < kHidden; ++j) {
        const float inner = error * values_[3 * kHidden + j] * (1 - hidden[j] * hidden[j]);
        gradients[j] += inner * a;
        gradients[kHidden + j] += inner * b;
        gradients[2 * kHidden + j] += inner;
        gradients[3 * kHidden + j] += error * hidden[j];
      }
      gradients[kVariables - 1] += error;
    }
    update(gradients);
  }

  float output_bias() const { return values_[kVariables - 1]; }

 private:
  static constexpr std::size_t kRows = 4, kHidden = 3, kVariables = 4 * kHidden + 1;
  static constexpr std::array<std::pair<float, float>, kRows> kSamples{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};

  void update(const std::array<float, kVariables>& gradients) {
    first_power_ *= 0.9F;
    second_power_ *= 0.999F;
    const float rate = 0.001F * std::sqrt(1 - second_power_) / (1 - first_power_);
    for (std::size_t i = 0; i < kVariables; ++i) {
      means_[i] += 0.1F * (gradients[i] - means_[i]);
      squares_[i] += 0.001F * (gradients[i] * gradients[i] - squares_[i]);
      values_[i] -= rate * means_[i] / (std::sqrt(squares_[i]) + 1e-7F);
    }
  }

  std::array<float, kVariables> values_{0.5F, -0.4F, 0.3F, 0.2F, 0.6F, -0.5F, 0, 0, 0, 0.4F, -0.3F, 0.7F, 0};
  std::array<float, kVariables> means_{}, squares_{};
  float first_power_ = 1, second_power_ = 1;
};

Measure tiny(const Request& request, Team&) {
  const std::size_t epochs = request.number("epochs");
  const auto network = std::make_shared<TinyNetwork>();
  return [=] {
    const double seconds = timed([&] {
      for (std::size_t epoch = 0; epoch < epochs; ++epoch) network->step();
    });
    if (!std::isfinite(network->output_bias())) throw std::runtime_error("diverged");
    return seconds;
  };
}

const std::map<std::string, Measure (*)(const Request&, Team&)> kCases = {
    {"epoch", epoch},     {"predict row", predict_row}, {"peak", peak},
    {"product", product}, {"stream", stream},           {"tiny", tiny}};

std::size_t threads_of(int count, char** arguments) {
  if (count == 3 && std::string(arguments[1]) == "--threads") return std::strtoull(arguments[2], nullptr, 10);
  return gemsbok::core::available_threads();
}

}  // namespace

int main(int count, char** arguments) {
  const char* simd = std::getenv("GEMSBOK_SIMD");
  gemsbok::core::use_simd(simd == nullptr ? "" : simd);
  blas::use_one_thread();
  gemsbok::core::Scheduler scheduler(threads_of(count, arguments));
  Team team = scheduler.borrow();
  const std::string kernels = blas::version() + ", kernels " + blas::core_name();
  bench::serve(kernels + ", " + std::to_string(team.threads()) + " thread(s)", [&](const Request& request) -> Measure {
    const auto entry = kCases.find(request.word("case"));
    return entry == kCases.end() ? nullptr : entry->second(request, team);
  });
}
