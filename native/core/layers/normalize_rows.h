#pragma once

#include <cstddef>
#include <cstdint>

namespace gemsbok::core {

// What a row is divided by.
enum class RowScale {
  kDeviation,  // sqrt(variance + epsilon), less the mean before
  kRootMean,   // sqrt(mean of squares + epsilon)
  kNorm,       // the root of the sum of squares, at least epsilon
};

// A sample as rows, whose elements may stand anywhere in it.
struct Rows {
  std::size_t rows, columns;
  const std::uint32_t* offsets;  // [rows, columns]; null where elements stand in order
  // Element [r, c] has number r * row_weights + c / run among gamma and beta.
  std::size_t row_weights, run;

  std::size_t size() const { return rows * columns; }
  std::size_t at(std::size_t row, std::size_t column) const {
    const std::size_t place = row * columns + column;
    return offsets == nullptr ? place : offsets[place];
  }
};

struct RowNorm {
  Rows view;
  RowScale scale;
  double epsilon;
};

// y = (x - mean) factor gamma + beta, where gamma, beta and kept may be null.
struct RowForward {
  std::size_t samples;
  const float *x, *gamma, *beta;
  float* kept;  // [samples, rows, mean and factor]
  float* y;
};
void normalize_rows(const RowNorm& norm, const RowForward& call);

struct RowBackward {
  std::size_t samples;
  const float *x, *gamma, *grad;
  const float* kept;  // [samples, rows, mean and factor]
  float* grad_x;
};
void normalize_rows_gradient(const RowNorm& norm, const RowBackward& call);

}  // namespace gemsbok::core
