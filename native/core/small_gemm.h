#pragma once

#include <cstddef>

#include "span.h"

namespace gemsbok::core {

// a[i, p] = data[i * row_stride + p * column_stride]
struct Strided {
  const float* data;
  std::size_t row_stride;
  std::size_t column_stride;
};

// Whether [k, n] is small enough to be read in place, without packing, from the second-level cache.
bool is_small_gemm(std::size_t k, std::size_t n);

// So many rows of a are packed at a time, floats of a cache line, of at most so many elements each.
constexpr std::size_t kPanelRows = 16, kMostPacked = 4096;
// The most columns that share vectors.
constexpr std::size_t kMostGrouped = 8;

// What a product is added to.
struct GemmStart {
  const float* bias = nullptr;  // [n], or null
  bool add = false;             // to what stands in c
};

// c[m, n] = a[m, k] b[k, n] + start. Each element is summed over k in order, by itself: it has the same bits whatever m
// is, and however rows are cut. May read, and ignore, up to a vector beyond the end of b and bias, which every Buffer
// has room for.
void small_gemm(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start = {});

}  // namespace gemsbok::core
