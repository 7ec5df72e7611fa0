#pragma once

#include <string>

#include "span.h"

namespace gemsbok::core::blas {

// Every call runs on the calling thread alone: OpenBLAS' own threads are switched off when the library is loaded.

// c[m, n] = a[m, k] b[k, n] + bias[n], where bias may be null; b must have room for a vector more (see small_gemm.h).
void multiply(const Matrix<const float>& a, const Matrix<const float>& b, const Matrix<float>& c,
              const float* bias = nullptr);
void multiply(Matrix<const double> a, Matrix<const double> b, Matrix<double> c);

// c[m, n] = a[m, k] b[n, k]^T
void multiply_transposed(Matrix<const float> a, Matrix<const float> b, Matrix<float> c);
void multiply_transposed(Matrix<const double> a, Matrix<const double> b, Matrix<double> c);

// c[k_rows, n] = a[m, first_column .. first_column + k_rows]^T b[m, n]: some rows of a kernel's gradient, which `add`
// adds to what stands there.
void multiply_transposed_left(const Matrix<const float>& a, std::size_t first_column, const Matrix<const float>& b,
                              const Matrix<float>& c, bool add);

void use_one_thread();
// Makes the library use its kernels for this processor; before any of them has run.
void use_core(const char* name);
// Whether the library took the kernels that every processor can run, as it does for one that is newer than itself,
// though it was not asked to.
bool is_core_missed();
std::string version();
std::string core_name();

}  // namespace gemsbok::core::blas
