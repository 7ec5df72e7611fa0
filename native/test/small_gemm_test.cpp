#include "small_gemm.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "buffer.h"
#include "rng.h"

namespace gemsbok::core {
namespace {

Buffer<float> random(std::size_t size, std::uint64_t seed) {
  Buffer<float> values = Buffer<float>::zeros(size);
  const Philox generator(seed, 0);
  for (std::size_t i = 0; i < size; ++i) values.data()[i] = static_cast<float>(generator.normal(i));
  return values;
}

// The sum of one element, and of the absolute values of what it adds up.
struct Exact {
  double sum, size;
};

Exact exact_element(const float* a, const float* b, std::size_t k, std::size_t n, double start) {
  Exact exact = {start, std::fabs(start)};
  for (std::size_t p = 0; p < k; ++p) {
    const double product = static_cast<double>(a[p]) * static_cast<double>(b[p * n]);
    exact.sum += product;
    exact.size += std::fabs(product);
  }
  return exact;
}

void check_product(std::size_t m, std::size_t k, std::size_t n) {
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  const Buffer<float> a = random(m * k, 1), b = random(k * n, 2), bias = random(n, 3);
  const Buffer<float> c = Buffer<float>::zeros(m * n), alone = Buffer<float>::zeros(n);
  small_gemm({a.data(), k, 1}, {b.data(), k, n}, {c.data(), m, n}, {bias.data(), false});
  std::size_t far = 0, other = 0;
  for (std::size_t i = 0; i < m; ++i) {
    small_gemm({a.data() + i * k, k, 1}, {b.data(), k, n}, {alone.data(), 1, n}, {bias.data(), false});
    for (std::size_t j = 0; j < n; ++j) {
      const float element = c.data()[i * n + j];
      const Exact exact = exact_element(a.data() + i * k, b.data() + j, k, n, static_cast<double>(bias.data()[j]));
      const double bound = static_cast<double>(k + 1) * 0x1p-24 * exact.size;
      far += std::fabs(static_cast<double>(element) - exact.sum) <= bound ? 0 : 1;
      other += element == alone.data()[j] ? 0 : 1;
    }
  }
  CHECK(far == 0);
  CHECK(other == 0);
}

// c = a^T b, added to what stands there, of all columns of a and of those after the first few.
void check_transposed(std::size_t m, std::size_t k, std::size_t n) {
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  const Buffer<float> a = random(m * k, 1), b = random(m * n, 2), c = random(k * n, 3), before = random(k * n, 3);
  const std::size_t first = k / 3;
  small_gemm({a.data() + first, 1, k}, {b.data(), m, n}, {c.data() + first * n, k - first, n}, {nullptr, true});
  small_gemm({a.data(), 1, k}, {b.data(), m, n}, {c.data(), first, n}, {nullptr, true});
  Buffer<float> columns = Buffer<float>::zeros(m * k);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < k; ++j) columns.data()[j * m + i] = a.data()[i * k + j];
  }
  std::size_t far = 0;
  for (std::size_t i = 0; i < k; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const auto start = static_cast<double>(before.data()[i * n + j]);
      const Exact exact = exact_element(columns.data() + i * m, b.data() + j, m, n, start);
      const double bound = static_cast<double>(m + 1) * 0x1p-24 * exact.size;
      far += std::fabs(static_cast<double>(c.data()[i * n + j]) - exact.sum) <= bound ? 0 : 1;
    }
  }
  CHECK(far == 0);
}

}  // namespace

// Widths around those of vectors and of blocks of them, rows around a block's, and sums cut once.
TEST_CASE("small products are right, and have the bits of each row alone") {
  for (std::size_t n = 1; n <= 100; n += n < 33 ? 1 : 7) {
    for (const std::size_t m : {1, 3, 4, 5, 8, 9, 15, 17}) {
      for (const std::size_t k : {1, 2, 33, 300}) check_product(m, k, n);
    }
  }
}

TEST_CASE("few columns are right for rows of any length") {
  for (std::size_t n = 1; n <= 9; ++n) {
    for (const std::size_t m : {1, 2, 11, 19}) {
      for (const std::size_t k : {4, 15, 16, 17, 63, 64, 65, 1000, 5001}) check_product(m, k, n);
    }
  }
}

// Values behind b, the bias and a row's last element count for nothing, and nothing behind c is written.
TEST_CASE("what stands behind the operands stays out of a product") {
  constexpr std::size_t kBehind = 40;
  for (std::size_t n = 1; n <= 20; ++n) {
    for (const std::size_t m : {1, 3, 16, 29}) {
      for (const std::size_t k : {1, 7, 66, 131, 300}) {
        const Buffer<float> a = random(m * k, 1), b = random(k * n + kBehind, 2), bias = random(n + kBehind, 3);
        const Buffer<float> c = Buffer<float>::zeros(m * n + kBehind), again = Buffer<float>::zeros(m * n + kBehind);
        small_gemm({a.data(), k, 1}, {b.data(), k, n}, {c.data(), m, n}, {bias.data(), false});
        std::fill_n(b.data() + k * n, kBehind, NAN);
        std::fill_n(bias.data() + n, kBehind, NAN);
        small_gemm({a.data(), k, 1}, {b.data(), k, n}, {again.data(), m, n}, {bias.data(), false});
        CAPTURE(m);
        CAPTURE(k);
        CAPTURE(n);
        CHECK(std::equal(c.data(), c.data() + m * n + kBehind, again.data()));
        CHECK(std::count(c.data() + m * n, c.data() + m * n + kBehind, 0.0F) == kBehind);
      }
    }
  }
}

TEST_CASE("transposed products are right, and add to what stands there") {
  for (std::size_t n = 1; n <= 33; ++n) {
    for (const std::size_t m : {1, 7, 300}) {
      for (const std::size_t k : {1, 3, 16, 50, 147}) check_transposed(m, k, n);
    }
  }
}

// Rows that lie pages apart are copied first; what does not fill a panel comes last, from another first column too.
TEST_CASE("transposed products of crowded columns are right") {
  for (const std::size_t n : {8, 17, 84}) {
    for (const std::size_t m : {100, 600, 1100}) {
      for (const std::size_t k : {512, 1024}) check_transposed(m, k, n);
    }
  }
}

}  // namespace gemsbok::core
