#include "blas.h"

#include <cblas.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>

#include "error.h"
#include "small_gemm.h"

// How OpenBLAS picks its kernels when it is loaded, by OPENBLAS_CORETYPE where that is set. A library for one processor
// alone lacks them.
extern "C" {
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
}

namespace gemsbok::core::blas {
namespace {

constexpr char kCoreVariable[] = "OPENBLAS_CORETYPE";

// Null removes the variable.
void set_variable(const char* name, const char* value) {
#ifdef _WIN32
  _putenv_s(name, value == nullptr ? "" : value);
#else
  value == nullptr ? unsetenv(name) : setenv(name, value, 1);
#endif
}

blasint dimension(std::size_t value) {
  require(value <= INT32_MAX, Code::kOutOfRange, "a matrix dimension does not fit into 31 bits");
  return static_cast<blasint>(value);
}

}  // namespace

void multiply(Matrix<const float> a, Matrix<const float> b, Matrix<float> c, const float* bias) {
  if (is_small_gemm(b.rows, b.columns)) {
    small_gemm({a.data, a.columns, 1}, b, c, {bias, false});
    return;
  }
  const blasint m = dimension(a.rows), n = dimension(b.columns), k = dimension(a.columns);
  const float beta = bias == nullptr ? 0.0F : 1.0F;
  for (std::size_t row = 0; bias != nullptr && row < c.rows; ++row) std::copy_n(bias, c.columns, c.row(row));
  if (m == 1) {  // gemm packs the whole kernel first, which costs more than one row's product
    // A few inputs at a time: what their sum loses grows with its length.
    constexpr std::size_t kDepth = 1024;
    for (std::size_t first = 0; first < b.rows; first += kDepth) {
      const blasint depth = dimension(std::min(kDepth, b.rows - first));
      cblas_sgemv(CblasRowMajor, CblasTrans, depth, n, 1.0F, b.row(first), n, a.data + first, 1,
                  first == 0 ? beta : 1.0F, c.data, 1);
    }
    return;
  }
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, a.data, k, b.data, n, beta, c.data, n);
}

void multiply_transposed(Matrix<const float> a, Matrix<const float> b, Matrix<float> c) {
  const blasint m = dimension(a.rows), n = dimension(b.rows), k = dimension(a.columns);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0F, a.data, k, b.data, k, 0.0F, c.data, n);
}

// Plain loops: double precision serves checks, and its kernels would double the size of the library.
void multiply(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  std::fill_n(c.data, c.size(), 0.0);
  for (std::size_t i = 0; i < c.rows; ++i) {
    for (std::size_t p = 0; p < a.columns; ++p) {
      for (std::size_t j = 0; j < c.columns; ++j) c.row(i)[j] += a.row(i)[p] * b.row(p)[j];
    }
  }
}

void multiply_transposed(Matrix<const double> a, Matrix<const double> b, Matrix<double> c) {
  for (std::size_t i = 0; i < c.rows; ++i) {
    for (std::size_t j = 0; j < c.columns; ++j) {
      c.row(i)[j] = std::inner_product(a.row(i), a.row(i) + a.columns, b.row(j), 0.0);
    }
  }
}

void multiply_transposed_left(Matrix<const float> a, std::size_t first_column, Matrix<const float> b, Matrix<float> c,
                              bool add) {
  if (is_small_gemm(b.rows, b.columns)) {
    small_gemm({a.data + first_column, 1, a.columns}, b, c, {nullptr, add});
    return;
  }
  const blasint m = dimension(c.rows), n = dimension(b.columns), k = dimension(a.rows);
  cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1.0F, a.data + first_column, dimension(a.columns),
              b.data, n, add ? 1.0F : 0.0F, c.data, n);
}

void use_one_thread() { openblas_set_num_threads(1); }

void use_core(const char* name) {
  require(gotoblas_dynamic_init != nullptr && gotoblas_dynamic_quit != nullptr, Code::kInvalidArg,
          "the BLAS is compiled for one processor alone");
  const char* found = std::getenv(kCoreVariable);
  const std::string before = found == nullptr ? "" : found;
  set_variable(kCoreVariable, name);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  set_variable(kCoreVariable, found == nullptr ? nullptr : before.c_str());
}

std::string version() { return openblas_get_config(); }
std::string core_name() { return openblas_get_corename(); }

}  // namespace gemsbok::core::blas
