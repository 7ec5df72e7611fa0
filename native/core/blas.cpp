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

// As many products as one call adds up: what a sum in single precision loses grows with its length, and some of the
// library's kernels for small shapes add up all that they are given.
constexpr std::size_t kDepth = 1024;

struct Operand {
  const float* data;
  std::size_t stride;
  CBLAS_TRANSPOSE transpose;
};

// c[m, n] = a[m, k] b[k, n] + beta c, both as they are read.
void gemm(Operand a, Operand b, std::size_t k, Matrix<float> c, float beta) {
  const blasint m = dimension(c.rows), n = dimension(c.columns);
  const blasint a_stride = dimension(a.stride), b_stride = dimension(b.stride);
  const std::size_t a_step = a.transpose == CblasTrans ? a.stride : 1;
  const std::size_t b_step = b.transpose == CblasTrans ? 1 : b.stride;
  for (std::size_t first = 0; first < k; first += kDepth) {
    const blasint depth = dimension(std::min(kDepth, k - first));
    cblas_sgemm(CblasRowMajor, a.transpose, b.transpose, m, n, depth, 1.0F, a.data + first * a_step, a_stride,
                b.data + first * b_step, b_stride, first == 0 ? beta : 1.0F, c.data, n);
  }
}

// The same of one row: gemm packs the whole of b first, which costs more than the product.
void gemv(const float* a, Matrix<const float> b, float* c, float beta) {
  const blasint n = dimension(b.columns);
  for (std::size_t first = 0; first < b.rows; first += kDepth) {
    const blasint depth = dimension(std::min(kDepth, b.rows - first));
    cblas_sgemv(CblasRowMajor, CblasTrans, depth, n, 1.0F, b.row(first), n, a + first, 1, first == 0 ? beta : 1.0F, c,
                1);
  }
}

}  // namespace

void multiply(const Matrix<const float>& a, const Matrix<const float>& b, const Matrix<float>& c, const float* bias) {
  if (is_small_gemm(b.rows, b.columns)) {
    small_gemm({a.data, a.columns, 1}, b, c, {bias, false});
    return;
  }
  const float beta = bias == nullptr ? 0.0F : 1.0F;
  for (std::size_t row = 0; bias != nullptr && row < c.rows; ++row) std::copy_n(bias, c.columns, c.row(row));
  if (c.rows == 1) {
    gemv(a.data, b, c.data, beta);
  } else {
    gemm({a.data, a.columns, CblasNoTrans}, {b.data, b.columns, CblasNoTrans}, b.rows, c, beta);
  }
}

void multiply_transposed(Matrix<const float> a, Matrix<const float> b, Matrix<float> c) {
  gemm({a.data, a.columns, CblasNoTrans}, {b.data, b.columns, CblasTrans}, a.columns, c, 0.0F);
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

void multiply_transposed_left(const Matrix<const float>& a, std::size_t first_column, const Matrix<const float>& b,
                              const Matrix<float>& c, bool add) {
  if (is_small_gemm(b.rows, b.columns)) {
    small_gemm({a.data + first_column, 1, a.columns}, b, c, {nullptr, add});
    return;
  }
  const float beta = add ? 1.0F : 0.0F;
  gemm({a.data + first_column, a.columns, CblasTrans}, {b.data, b.columns, CblasNoTrans}, a.rows, c, beta);
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

bool is_core_missed() {
  if (gotoblas_dynamic_init == nullptr || std::getenv(kCoreVariable) != nullptr) return false;
  const std::string name = core_name();
  return name == "Prescott" || name == "Katmai";  // Katmai: what a library that lacks Prescott's calls its own
}

std::string version() { return openblas_get_config(); }
std::string core_name() { return openblas_get_corename(); }

}  // namespace gemsbok::core::blas
