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
#include "grouped_products-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Few rows hide the delay of a sum behind more vectors, and few vectors behind more rows.
constexpr std::size_t block_vectors(std::size_t rows) { return rows == 1 ? 6 : rows == 2 ? 4 : 3; }
constexpr std::size_t block_rows(std::size_t vectors) {
  return kRegisters == 32 || vectors == 1 ? 8 : vectors == 2 ? 6 : 4;
}

// Whether vectors of half the lanes take less time.
constexpr bool kHalves = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3;

// As many products as a block adds up at once, at most kDepth. With few registers each part of b is read so often that
// it must stay in the first-level cache, and each row of a wide batch, which has a page of its own, in reach of the
// first translations of addresses.
constexpr std::size_t kBlockDepth = kRegisters == 32 ? 256 : 64;
static_assert(kBlockDepth <= kDepth);
// Floats of a and c that stay in the second-level cache while columns go by.
constexpr std::size_t kNearRows = 32768;

struct Block {
  Strided a;
  const float* b;
  float* c;
  std::size_t rows, k, n;  // n: of b and c as a whole
  std::size_t columns;     // of this block, at most kVectors vectors and more than one less
  const float* bias;       // of the first of them, or null
  bool add;
};

// Work(i, j) for each of the sums, which stay in registers only where such loops are unrolled.
template <std::size_t kRows, std::size_t kVectors, class Work>
HWY_INLINE void EachSum(const Work& work) {
  HWY_UNROLL(8)
  for (std::size_t i = 0; i < kRows; ++i) {
    HWY_UNROLL(6)
    for (std::size_t j = 0; j < kVectors; ++j) work(i, j);
  }
}

// What follows the whole vectors of a block.
enum class Edge {
  kNone,
  kPart,  // of a vector
  kHalf,  // a vector of half the lanes, or a part of it, which takes half the time where two halves run at once
};

// All rows that come in groups of kRows, which then are no longer the block's.
template <std::size_t kRows, std::size_t kVectors, Edge kEdge, class D>
HWY_NOINLINE void MultiplyBlock(D d, Block& block) {
  const hn::Half<D> half;
  using V = hn::Vec<D>;
  using Narrow = hn::Vec<decltype(half)>;
  const std::size_t lanes = hn::Lanes(d), n = block.n;
  const std::size_t row_stride = block.a.row_stride, column_stride = block.a.column_stride;
  const std::size_t behind = (kEdge == Edge::kHalf ? kVectors : kVectors - 1) * lanes;
  const std::size_t last = block.columns - behind;
  const auto is_part = [](std::size_t j) { return kEdge == Edge::kPart && j + 1 == kVectors; };
  float* c = block.c;
  const float* a_row = block.a.data;
  for (; block.rows >= kRows; block.rows -= kRows, a_row += kRows * row_stride, c += kRows * n) {
    V sums[kRows][kVectors];
    [[maybe_unused]] Narrow edges[kRows];
    EachSum<kRows, kVectors>([&](std::size_t i, std::size_t j) HWY_ATTR {
      sums[i][j] = block.bias == nullptr ? hn::Zero(d) : hn::LoadU(d, block.bias + j * lanes);
    });
    const auto each_edge = [&](const auto& work) HWY_ATTR {
      if constexpr (kEdge == Edge::kHalf) EachSum<kRows, 1>([&](std::size_t i, std::size_t) HWY_ATTR { work(i); });
    };
    each_edge([&](std::size_t i) HWY_ATTR {
      edges[i] = block.bias == nullptr ? hn::Zero(half) : hn::LoadU(half, block.bias + behind);
    });
    const float *a = a_row, *b = block.b;
    for (std::size_t p = block.k; p > 0; --p, a += column_stride, b += n) {
      V columns[kVectors];
      HWY_UNROLL(6)
      for (std::size_t j = 0; j < kVectors; ++j) columns[j] = hn::LoadU(d, b + j * lanes);
      [[maybe_unused]] Narrow edge;
      if constexpr (kEdge == Edge::kHalf) edge = hn::LoadU(half, b + behind);
      HWY_UNROLL(8)
      for (std::size_t i = 0; i < kRows; ++i) {
        const V factor = hn::Set(d, a[i * row_stride]);
        HWY_UNROLL(6)
        for (std::size_t j = 0; j < kVectors; ++j) sums[i][j] = hn::MulAdd(factor, columns[j], sums[i][j]);
        if constexpr (kEdge == Edge::kHalf) edges[i] = hn::MulAdd(hn::LowerHalf(half, factor), edge, edges[i]);
      }
    }
    float* to = c;
    HWY_UNROLL(8)
    for (std::size_t i = 0; i < kRows; ++i, to += n) {
      if (block.add) {
        HWY_UNROLL(6)
        for (std::size_t j = 0; j < kVectors; ++j) {
          sums[i][j] = sums[i][j] + LoadFirst(d, to + j * lanes, is_part(j) ? last : lanes);
        }
        if constexpr (kEdge == Edge::kHalf) edges[i] = edges[i] + LoadFirst(half, to + behind, last);
      }
      HWY_UNROLL(6)
      for (std::size_t j = 0; j < kVectors; ++j) {
        StoreFirst(d, sums[i][j], to + j * lanes, is_part(j) ? last : lanes);
      }
      if constexpr (kEdge == Edge::kHalf) StoreFirst(half, edges[i], to + behind, last);
    }
  }
  block.a.data = a_row;
  block.c = c;
}

// All of many rows come in fours, after as many as the registers have room for; fewer are of kRows.
template <std::size_t kRows, std::size_t kVectors, Edge kEdge, class D>
HWY_INLINE void MultiplyStrip(D d, Block& block) {
  if constexpr (kRows == 4 && block_rows(kVectors) > 4) {
    if (block.rows >= block_rows(kVectors)) MultiplyBlock<block_rows(kVectors), kVectors, kEdge>(d, block);
    if (block.rows < 4) {
      MultiplyBlock<2, kVectors, kEdge>(d, block);
      return;
    }
  }
  MultiplyBlock<kRows, kVectors, kEdge>(d, block);
}

// The block in as many vectors as it has columns for, at most kVectors.
template <std::size_t kRows, std::size_t kVectors, class D>
HWY_INLINE void MultiplyColumns(D d, Block& block) {
  const std::size_t lanes = hn::Lanes(d), before = (kVectors - 1) * lanes;
  if constexpr (kVectors > 1) {
    if (block.columns <= before) {
      MultiplyColumns<kRows, kVectors - 1>(d, block);
      return;
    }
    if constexpr (kHalves) {
      if (block.columns <= before + lanes / 2) {
        MultiplyStrip<kRows, kVectors - 1, Edge::kHalf>(d, block);
        return;
      }
    }
  }
  if (block.columns == before + lanes) {
    MultiplyStrip<kRows, kVectors, Edge::kNone>(d, block);
  } else {
    MultiplyStrip<kRows, kVectors, Edge::kPart>(d, block);
  }
}

// All columns of some rows, as those of `a` are in the cache by then.
template <std::size_t kRows>
HWY_INLINE void MultiplyRows(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c,
                             const GemmStart& start) {
  constexpr std::size_t kMost = block_vectors(kRows);
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> quarter;
  const hn::CappedTag<float, 8> half;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t column = 0; column < c.columns;) {
    const std::size_t left = c.columns - column;
    const float* bias = start.bias == nullptr ? nullptr : start.bias + column;
    Block block = {a, b.data + column, c.data + column, c.rows, b.rows, c.columns, left, bias, start.add};
    if (kRows > 1 && column == 0 && left <= hn::Lanes(quarter)) {
      MultiplyColumns<kRows, 1>(quarter, block);
    } else if (kRows > 1 && column == 0 && left <= hn::Lanes(half)) {
      MultiplyColumns<kRows, 1>(half, block);
    } else {
      // A few columns at the end go beside whole vectors: a pass of their own has too few sums to keep the processor
      // busy.
      if (left > kMost * lanes) block.columns = (left <= kMost * lanes + lanes / 2 ? kMost - 1 : kMost) * lanes;
      MultiplyColumns<kRows, kMost>(d, block);
    }
    column += block.columns;
  }
}

// Rows whose part of a and c stays in the cache while columns go by.
HWY_INLINE void MultiplyNear(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c,
                             const GemmStart& start) {
  const auto part = [&](std::size_t row) -> Strided {
    return {a.data + row * a.row_stride, a.row_stride, a.column_stride};
  };
  std::size_t row = c.rows / 4 * 4;
  if (row > 0) MultiplyRows<4>(a, b, c.slice(0, row), start);
  // Without vectors gcc makes its own of two rows, which read beyond the last elements of a.
  if (HWY_TARGET != HWY_SCALAR && row + 2 <= c.rows) {
    MultiplyRows<2>(part(row), b, c.slice(row, 2), start);
    row += 2;
  }
  if (row < c.rows) MultiplyRows<1>(part(row), b, c.slice(row, c.rows - row), start);
}

void MultiplyBlocks(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start) {
  const std::size_t near = HWY_MIN(b.rows, kBlockDepth) + b.columns;
  const std::size_t most = c.rows * near <= kNearRows ? c.rows : HWY_MAX(kNearRows / near, 24) / 24 * 24;
  for (std::size_t row = 0; row < c.rows; row += most) {
    const Matrix<float> rows = c.slice(row, HWY_MIN(most, c.rows - row));
    for (std::size_t p = 0; p < b.rows; p += kBlockDepth) {
      MultiplyNear({a.data + row * a.row_stride + p * a.column_stride, a.row_stride, a.column_stride},
                   b.slice(p, HWY_MIN(kBlockDepth, b.rows - p)), rows,
                   {p == 0 ? start.bias : nullptr, p > 0 || start.add});
    }
  }
}

#if HWY_TARGET == HWY_SCALAR
bool MultiplyFewColumns(const Strided&, const Matrix<const float>&, const Matrix<float>&, const GemmStart&, float*) {
  return false;
}
#else
// Returns whether the product is one of them. Where rows of a lie side by side the rule knows nothing of their number,
// as bits must not.
bool MultiplyFewColumns(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start,
                        float* panel) {
  const std::size_t lanes = hn::Lanes(hn::ScalableTag<float>());
  if (a.column_stride == 1 && MultiplyGrouped(a, b, c, start, panel)) return true;
  // Short rows fill too few vectors to be worth adding up their lanes.
  if (a.column_stride == 1 && (c.columns == 1 || c.columns == 3) && b.rows >= (c.columns == 1 ? lanes : 4 * lanes)) {
    c.columns == 1 ? Dot<1>(a, b, c, start) : Dot<3>(a, b, c, start);
    return true;
  }
  if (a.row_stride != 1 || start.bias != nullptr) return false;
  // Few rows fill few lanes, and few sums keep a processor waiting. These are gradients, of which no task is cut again.
  const bool is_down = c.columns <= 2 || (c.columns <= 4 && c.rows >= lanes) ||
                       (kRegisters == 32 && c.columns < lanes && c.rows >= lanes && b.rows >= kLeastDown);
  if (is_down) return WithColumns<kMostDown>(c.columns, [&](auto columns) { Down<columns()>(a, b, c, start.add); });
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
  if (MultiplyFewColumns(a, b, c, start, panel)) return;
  if (a.row_stride == 1 && panel != nullptr) {
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
// It pays to pack from so many elements of b on.
constexpr std::size_t kLeastPacked = 8192;

// Whether elements of a row of a share so few sets of the cache that it pays to copy them.
bool is_crowded(const Strided& a, const Matrix<const float>& b) {
  return a.row_stride == 1 && a.column_stride % kCrowdedStride == 0 && b.rows <= kMostPacked &&
         b.size() >= kLeastPacked;
}

struct alignas(64) Panel {
  float values[kPanelRows * kMostPacked];
};

// Room for what is packed.
thread_local std::unique_ptr<Panel> panel;

// That of this thread, or null where there is no memory for it.
float* thread_panel() {
  if (panel == nullptr) panel.reset(new (std::nothrow) Panel);
  return panel == nullptr ? nullptr : panel->values;
}

}  // namespace

bool is_small_gemm(std::size_t k, std::size_t n) { return k * n <= std::size_t{1} << 17; }

void small_gemm(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start) {
  const bool is_packed = is_crowded(a, b) || (a.column_stride == 1 && b.columns <= kMostGrouped);
  HWY_DYNAMIC_DISPATCH(Multiply)(a, b, c, start, is_packed ? thread_panel() : nullptr);
}

}  // namespace gemsbok::core

#endif  // HWY_ONCE
