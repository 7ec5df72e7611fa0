#include "small_gemm.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "small_gemm.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "few_columns-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Few rows hide the delay of a sum behind more vectors.
constexpr std::size_t block_vectors(std::size_t rows) { return rows == 1 ? 6 : rows == 2 ? 4 : 3; }

struct Block {
  Strided a;
  const float* b;
  float* c;
  std::size_t k, n;     // n: of b and c as a whole
  std::size_t columns;  // of this block, at most kVectors vectors
  const float* bias;    // of the first of them, or null
  bool add;
};

// The sums stay in registers only where the loops over them are unrolled.
template <std::size_t kRows, std::size_t kVectors, class D>
HWY_INLINE void MultiplyBlock(D d, const Block& block, std::size_t row) {
  using V = hn::Vec<D>;
  const std::size_t lanes = hn::Lanes(d);
  V sums[kRows][kVectors];
  HWY_UNROLL(8)
  for (std::size_t i = 0; i < kRows; ++i) {
    HWY_UNROLL(6)
    for (std::size_t j = 0; j < kVectors; ++j) {
      sums[i][j] = block.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, block.bias + j * lanes);
    }
  }
  const float* a = block.a.data + row * block.a.row_stride;
  const float* b = block.b;
  V totals[kRows][kVectors];
  for (std::size_t p = 0;;) {
    const std::size_t end = block.k - p < kDepth ? block.k : p + kDepth;
    for (; p < end; ++p, a += block.a.column_stride, b += block.n) {
      V columns[kVectors];
      HWY_UNROLL(6)
      for (std::size_t j = 0; j < kVectors; ++j) columns[j] = hn::LoadU(d, b + j * lanes);
      HWY_UNROLL(8)
      for (std::size_t i = 0; i < kRows; ++i) {
        const V factor = hn::Set(d, a[i * block.a.row_stride]);
        HWY_UNROLL(6)
        for (std::size_t j = 0; j < kVectors; ++j) sums[i][j] = hn::MulAdd(factor, columns[j], sums[i][j]);
      }
    }
    if (block.k <= kDepth) break;
    HWY_UNROLL(8)
    for (std::size_t i = 0; i < kRows; ++i) {
      HWY_UNROLL(6)
      for (std::size_t j = 0; j < kVectors; ++j) {
        totals[i][j] = end <= kDepth ? sums[i][j] : totals[i][j] + sums[i][j];
        sums[i][j] = end < block.k ? hn::Zero(d) : totals[i][j];
      }
    }
    if (end == block.k) break;
  }
  HWY_UNROLL(8)
  for (std::size_t i = 0; i < kRows; ++i) {
    HWY_UNROLL(6)
    for (std::size_t j = 0; j < kVectors; ++j) {
      if (j * lanes >= block.columns) continue;
      float* to = block.c + (row + i) * block.n + j * lanes;
      const std::size_t count = block.columns - j * lanes;
      StoreFirst(d, block.add ? sums[i][j] + LoadFirst(d, to, count) : sums[i][j], to, count);
    }
  }
}

// The block in as many vectors as it has columns for, at most kVectors.
template <std::size_t kRows, std::size_t kVectors, class D>
HWY_INLINE void MultiplyColumns(D d, const Block& block, std::size_t row) {
  if constexpr (kVectors > 1) {
    if (block.columns <= (kVectors - 1) * hn::Lanes(d)) {
      MultiplyColumns<kRows, kVectors - 1>(d, block, row);
      return;
    }
  }
  MultiplyBlock<kRows, kVectors>(d, block, row);
}

// All columns of some rows, as those of `a` are in the cache by then.
template <std::size_t kRows>
void MultiplyRows(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start,
                  std::size_t row) {
  constexpr std::size_t kMost = block_vectors(kRows);
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> quarter;
  const hn::CappedTag<float, 8> half;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t column = 0; column < c.columns;) {
    const std::size_t left = c.columns - column;
    const float* bias = start.bias == nullptr ? nullptr : start.bias + column;
    Block block = {a, b.data + column, c.data + column, b.rows, c.columns, 0, bias, start.add};
    // A few columns by themselves get a narrow vector rather than a wide one that is mostly waste. Beside full vectors
    // they get a wide one: a pass of their own has too few sums to keep the processor busy.
    const std::size_t rest = kRows > 1 && left <= (column == 0 ? hn::Lanes(half) : hn::Lanes(quarter)) ? left : 0;
    block.columns = left - rest < kMost * lanes ? left - rest : kMost * lanes;
    if (block.columns == 0) {
      block.columns = rest;
      if (rest <= hn::Lanes(quarter)) {
        MultiplyBlock<kRows, 1>(quarter, block, row);
      } else {
        MultiplyBlock<kRows, 1>(half, block, row);
      }
    } else {
      MultiplyColumns<kRows, kMost>(d, block, row);
    }
    column += block.columns;
  }
}

void MultiplyBlocks(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start) {
  std::size_t row = 0;
  for (; row + kBlockRows <= c.rows; row += kBlockRows) MultiplyRows<kBlockRows>(a, b, c, start, row);
  for (; row + 4 <= c.rows; row += 4) MultiplyRows<4>(a, b, c, start, row);
  // Without vectors gcc makes its own of two rows, which read beyond the last elements of a.
  if constexpr (HWY_TARGET != HWY_SCALAR) {
    for (; row + 2 <= c.rows; row += 2) MultiplyRows<2>(a, b, c, start, row);
  }
  for (; row < c.rows; ++row) MultiplyRows<1>(a, b, c, start, row);
}

#if HWY_TARGET == HWY_SCALAR
bool MultiplyFewColumns(const Strided&, const Matrix<const float>&, const Matrix<float>&, const GemmStart&) {
  return false;
}
#else
// Returns whether the product is one of them. The rule knows nothing of the number of rows, as bits must not.
bool MultiplyFewColumns(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c,
                        const GemmStart& start) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  // Short rows fill too few vectors to be worth adding up their lanes.
  if (a.column_stride == 1 && b.rows >= (c.columns <= 2 ? lanes : 4 * lanes)) {
    return WithColumns<4>(c.columns, [&](auto columns) { Dot<columns()>(a, b, c, start); });
  }
  if (a.row_stride == 1 && start.bias == nullptr && (c.columns <= 4 || (c.columns < lanes && b.rows >= kLeastDown))) {
    return WithColumns<8>(c.columns, [&](auto columns) { Down<columns()>(a, b, c, start.add); });
  }
  return false;
}
#endif

// The same with rows of a copied side by side, a cache line of them at a time.
void MultiplyPacked(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start,
                    float* panel) {
  for (std::size_t row = 0; row < c.rows; row += kPanelRows) {
    const std::size_t rows = HWY_MIN(kPanelRows, c.rows - row);
    const float* from = a.data + row;
    for (std::size_t p = 0; p < b.rows; ++p, from += a.column_stride) {
      float* to = panel + p * kPanelRows;
      // Of a constant number: some moves instead of a call.
      rows == kPanelRows ? std::copy_n(from, kPanelRows, to) : std::copy_n(from, rows, to);
    }
    MultiplyBlocks({panel, 1, kPanelRows}, b, c.slice(row, rows), start);
  }
}

void Multiply(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start,
              float* panel) {
  if (MultiplyFewColumns(a, b, c, start)) return;
  if (panel != nullptr) {
    MultiplyPacked(a, b, c, start, panel);
  } else {
    MultiplyBlocks(a, b, c, start);
  }
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace gemsbok::core {

HWY_EXPORT(Multiply);

namespace {

// Floats. Columns of a batch so far apart meet in a few sets of the first-level cache.
constexpr std::size_t kCrowdedStride = 512;
// What is packed has room for so long rows, and pays from so many elements of b on.
constexpr std::size_t kMostPacked = 4096, kLeastPacked = 8192;

// Whether elements of a row of a share so few sets of the cache that it pays to copy them.
bool is_packed(const Strided& a, const Matrix<const float>& b) {
  return a.row_stride == 1 && a.column_stride % kCrowdedStride == 0 && b.rows <= kMostPacked &&
         b.size() >= kLeastPacked;
}

// Room for rows of a that are packed.
thread_local std::unique_ptr<float[]> panel;

// That of this thread, or null where there is no memory for it.
float* thread_panel() {
  if (panel == nullptr) panel.reset(new (std::nothrow) float[kPanelRows * kMostPacked]);
  return panel.get();
}

}  // namespace

bool is_small_gemm(std::size_t k, std::size_t n) { return k * n <= std::size_t{1} << 17; }

void small_gemm(Strided a, Matrix<const float> b, Matrix<float> c, GemmStart start) {
  HWY_DYNAMIC_DISPATCH(Multiply)(a, b, c, start, is_packed(a, b) ? thread_panel() : nullptr);
}

}  // namespace gemsbok::core

#endif  // HWY_ONCE
