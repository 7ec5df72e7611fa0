#include "dot.h"

#include <algorithm>
#include <cmath>

#include "shapes.h"

namespace gemsbok::core {
Dot::Dot(const Settings& settings)
    : vectors_{{settings.first_outer, settings.size, settings.first_inner},
               {settings.second_outer, settings.size, settings.second_inner}},
      normalize_(settings.normalize),
      most_factor_(static_cast<float>(1 / settings.epsilon)) {
  for (const Vectors& each : vectors_) elements({each.outer, each.size, each.inner});
  elements({vectors_[0].count(), vectors_[1].count()});
}

std::unique_ptr<Layer> Dot::make(const LayerParameters& parameters) {
  return std::make_unique<Dot>(Settings{parameters.size("first_outer"), parameters.size("size"),
                                        parameters.size("first_inner"), parameters.size("second_outer"),
                                        parameters.size("second_inner"), parameters.flag("normalize"),
                                        parameters.number("epsilon")});
}

float Dot::factor_of(const Vectors& vectors, const float* x, std::size_t vector) const {
  double squares = 0;
  for (std::size_t k = 0; k < vectors.size; ++k) {
    const auto element = static_cast<double>(x[vectors.at(vector, k)]);
    squares += element * element;
  }
  const auto factor = static_cast<float>(1 / std::sqrt(squares));
  return factor > most_factor_ ? most_factor_ : factor;
}

void Dot::forward(const LayerTile& tile) const {
  const auto &first = vectors_[0], &second = vectors_[1];
  const std::size_t columns = second.count();
  for (std::size_t sample = 0; sample < tile.samples; ++sample) {
    const float *x = tile.x[0] + sample * input_size(0), *z = tile.x[1] + sample * input_size(1);
    float* y = tile.y + sample * output_size();
    float* kept = tile.kept == nullptr ? nullptr : tile.kept + sample * kept_size();
    for (std::size_t i = 0; i < first.count(); ++i) {
      const float factor = normalize_ ? factor_of(first, x, i) : 1.0F;
      if (normalize_ && kept != nullptr) kept[i] = factor;
      write_sums({0, columns}, y + i * columns, false, [&](const Columns& part, double* sums) {
        for (std::size_t k = 0; k < first.size; ++k) {
          const double element = static_cast<double>(factor) * static_cast<double>(x[first.at(i, k)]);
          for (std::size_t j = part.first; j < part.last; ++j) {
            sums[j - part.first] += element * static_cast<double>(z[second.at(j, k)]);
          }
        }
      });
    }
    for (std::size_t j = 0; normalize_ && j < columns; ++j) {
      const float factor = factor_of(second, z, j);
      if (kept != nullptr) kept[first.count() + j] = factor;
      for (std::size_t i = 0; i < first.count(); ++i) y[i * columns + j] *= factor;
    }
  }
}

void Dot::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  for (std::size_t input = 0; input < 2; ++input) {
    if (gradients.grad_x[input] == nullptr) continue;
    for (std::size_t sample = 0; sample < tile.samples; ++sample) {
      write_gradient(input, tile, sample, gradients.grad + sample * output_size(),
                     gradients.grad_x[input] + sample * input_size(input));
    }
  }
}

// Each vector's gradient is the sum of the others times the upstream gradient; where it was normalized, less its part
// along the vector, and times its factor.
void Dot::write_gradient(std::size_t input, const LayerTile& tile, std::size_t sample, const float* grad,
                         float* grad_x) const {
  const Vectors &mine = vectors_[input], &others = vectors_[1 - input];
  const float* x = tile.x[input] + sample * input_size(input);
  const float* z = tile.x[1 - input] + sample * input_size(1 - input);
  const float* y = tile.y + sample * output_size();
  const float* kept = normalize_ ? tile.kept + sample * kept_size() : nullptr;
  const float* factors = normalize_ ? kept + (input == 0 ? 0 : others.count()) : nullptr;
  const float* other_factors = normalize_ ? kept + (input == 0 ? mine.count() : 0) : nullptr;
  const std::size_t my_stride = input == 0 ? others.count() : 1, other_stride = input == 0 ? 1 : mine.count();
  for (std::size_t i = 0; i < mine.count(); ++i) {
    const float factor = normalize_ ? factors[i] : 1.0F;
    double along = 0;
    for (std::size_t j = 0; normalize_ && factor < most_factor_ && j < others.count(); ++j) {
      const std::size_t at = i * my_stride + j * other_stride;
      along += static_cast<double>(grad[at]) * static_cast<double>(y[at]);
    }
    for (std::size_t k = 0; k < mine.size; ++k) {
      double sum = 0;
      for (std::size_t j = 0; j < others.count(); ++j) {
        const float element = z[others.at(j, k)] * (normalize_ ? other_factors[j] : 1.0F);
        sum += static_cast<double>(grad[i * my_stride + j * other_stride]) * static_cast<double>(element);
      }
      const std::size_t at = mine.at(i, k);
      grad_x[at] = factor * static_cast<float>(sum - static_cast<double>(factor * x[at]) * along);
    }
  }
}

}  // namespace gemsbok::core
