// Products of few columns, which would fill a small part of a vector: lanes run along another axis. Compiled for each
// instruction set.
#if defined(GEMSBOK_FEW_COLUMNS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_FEW_COLUMNS_INL_H_
#undef GEMSBOK_FEW_COLUMNS_INL_H_
#else
#define GEMSBOK_FEW_COLUMNS_INL_H_
#endif

#include <type_traits>

#include "hwy/highway.h"
#include "small_gemm.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Vectors that fit into registers: sums, and what is multiplied.
#if HWY_ARCH_X86 && HWY_TARGET >= HWY_AVX2
constexpr std::size_t kRegisters = 16;
#else
constexpr std::size_t kRegisters = 32;
#endif
// Products that a sum needs for lanes down the rows to pay with more than four columns, which are stored one by one.
constexpr std::size_t kLeastDown = 64;
// Of the most columns with lanes down the rows two vectors of sums fit into the registers.
constexpr std::size_t kMostDown = kRegisters == 32 ? 12 : 4;
// Whether lanes can be left out of a load or store. Others would write again what stands behind, which may be another
// thread's.
constexpr bool kMasks = HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2;

// The first `count` lanes, or all; zeros behind them.
template <class D>
HWY_INLINE hn::Vec<D> LoadFirst(D d, const float* from, std::size_t count) {
  if (count >= hn::Lanes(d)) return hn::LoadU(d, from);
  if constexpr (kMasks) {
    return hn::MaskedLoad(hn::FirstN(d, count), d, from);
  } else {
    HWY_ALIGN float lanes[HWY_MAX_BYTES / sizeof(float)] = {};
    for (std::size_t i = 0; i < count; ++i) lanes[i] = from[i];
    return hn::Load(d, lanes);
  }
}

// Fewer lanes than all, by halves: what AVX2 has for it takes some twenty cycles on AMD's processors.
template <class D>
HWY_INLINE void StorePart([[maybe_unused]] D d, [[maybe_unused]] hn::Vec<D> value, [[maybe_unused]] float* to,
                          [[maybe_unused]] std::size_t count) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    const std::size_t lanes = hn::Lanes(half);
    if ((count & lanes) != 0) {
      hn::StoreU(hn::LowerHalf(half, value), half, to);
      StorePart(half, hn::UpperHalf(half, value), to + lanes, count);
    } else {
      StorePart(half, hn::LowerHalf(half, value), to, count);
    }
  }
#endif
}

template <class D>
HWY_INLINE void StoreFirst(D d, hn::Vec<D> value, float* to, std::size_t count) {
  if (count >= hn::Lanes(d)) {
    hn::StoreU(value, d, to);
  } else if constexpr (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3) {
    hn::BlendedStore(value, hn::FirstN(d, count), d, to);
  } else {
    StorePart(d, value, to, count);
  }
}

// As many products as are added up at once: what these sums lose grows with their length.
constexpr std::size_t kDepth = 256;

// Vectors along k, of all columns.
template <std::size_t kColumns, class D>
HWY_INLINE void LoadAlong(D d, const float* from, hn::Vec<D>* columns) {
  if constexpr (kColumns == 1) {
    columns[0] = hn::LoadU(d, from);
  } else if constexpr (kColumns == 2) {
    hn::LoadInterleaved2(d, from, columns[0], columns[1]);
  } else if constexpr (kColumns == 3) {
    hn::LoadInterleaved3(d, from, columns[0], columns[1], columns[2]);
  } else {
    hn::LoadInterleaved4(d, from, columns[0], columns[1], columns[2], columns[3]);
  }
}

template <std::size_t kColumns, class D>
HWY_INLINE void StoreAlong(D d, const hn::Vec<D>* columns, float* to) {
  if constexpr (kColumns == 1) {
    hn::StoreU(columns[0], d, to);
  } else if constexpr (kColumns == 2) {
    hn::StoreInterleaved2(columns[0], columns[1], d, to);
  } else if constexpr (kColumns == 3) {
    hn::StoreInterleaved3(columns[0], columns[1], columns[2], d, to);
  } else {
    hn::StoreInterleaved4(columns[0], columns[1], columns[2], columns[3], d, to);
  }
}

// Dot products of rows of a with columns of b; rows of a are contiguous.
template <std::size_t kRows, std::size_t kColumns>
HWY_INLINE void DotRows(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start,
                        std::size_t row) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d), k = b.rows;
  const float* from = a.data + row * a.row_stride;
  V totals[kRows][kColumns], sums[kRows][kColumns], columns[kColumns];
  const auto each = [&](const auto& work) HWY_ATTR {
    HWY_UNROLL(12)
    for (std::size_t i = 0; i < kRows; ++i) {
      HWY_UNROLL(4)
      for (std::size_t j = 0; j < kColumns; ++j) work(i, j);
    }
  };
  each([&](std::size_t i, std::size_t j) HWY_ATTR { totals[i][j] = hn::Zero(d); });
  std::size_t p = 0;
  while (p + lanes <= k) {
    each([&](std::size_t i, std::size_t j) HWY_ATTR { sums[i][j] = hn::Zero(d); });
    for (std::size_t left = kDepth; left > 0 && p + lanes <= k; --left, p += lanes) {
      LoadAlong<kColumns>(d, b.data + p * kColumns, columns);
      HWY_UNROLL(12)
      for (std::size_t i = 0; i < kRows; ++i) {
        const V factors = hn::LoadU(d, from + i * a.row_stride + p);
        HWY_UNROLL(4)
        for (std::size_t j = 0; j < kColumns; ++j) sums[i][j] = hn::MulAdd(factors, columns[j], sums[i][j]);
      }
    }
    each([&](std::size_t i, std::size_t j) HWY_ATTR { totals[i][j] = totals[i][j] + sums[i][j]; });
  }
  each([&](std::size_t i, std::size_t j) HWY_ATTR {
    float sum = hn::GetLane(hn::SumOfLanes(d, totals[i][j]));
    for (std::size_t q = p; q < k; ++q) sum += from[i * a.row_stride + q] * b.data[q * kColumns + j];
    if (start.bias != nullptr) sum += start.bias[j];
    float& to = c.row(row + i)[j];
    to = start.add ? to + sum : sum;
  });
}

template <std::size_t kColumns>
void Dot(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start) {
  constexpr std::size_t kRows = kColumns == 1 ? 8 : kColumns == 2 || kRegisters == 32 ? 4 : 2;
  std::size_t row = 0;
  for (; row + kRows <= c.rows; row += kRows) DotRows<kRows, kColumns>(a, b, c, start, row);
  for (; row < c.rows; ++row) DotRows<1, kColumns>(a, b, c, start, row);
}

// Columns of `rows` rows, at most as many as lanes.
template <std::size_t kColumns, class D>
HWY_INLINE void StoreDown(D d, const hn::Vec<D>* columns, bool add, float* to, std::size_t rows) {
  const std::size_t lanes = hn::Lanes(d);
  if constexpr (kColumns <= 4) {
    if (rows == lanes) {
      hn::Vec<D> totals[kColumns];
      if (add) LoadAlong<kColumns>(d, to, totals);
      HWY_UNROLL(4)
      for (std::size_t j = 0; j < kColumns; ++j) totals[j] = add ? totals[j] + columns[j] : columns[j];
      StoreAlong<kColumns>(d, totals, to);
      return;
    }
  }
  HWY_ALIGN float block[kColumns][HWY_MAX_BYTES / sizeof(float)];
  HWY_UNROLL(12)
  for (std::size_t j = 0; j < kColumns; ++j) hn::Store(columns[j], d, block[j]);
  for (std::size_t i = 0; i < rows; ++i, to += kColumns) {
    for (std::size_t j = 0; j < kColumns; ++j) to[j] = add ? to[j] + block[j][i] : block[j][i];
  }
}

// Vectors down the rows of c; columns of a are contiguous.
template <std::size_t kVectors, std::size_t kColumns>
HWY_INLINE void MultiplyDown(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, bool add,
                             std::size_t row) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d), rows = HWY_MIN(c.rows - row, kVectors * lanes);
  for (std::size_t p = 0; p < b.rows;) {
    const bool adds = add || p > 0;
    const std::size_t end = HWY_MIN(b.rows, p + kDepth);
    V sums[kVectors][kColumns];
    HWY_UNROLL(12)
    for (std::size_t v = 0; v < kVectors; ++v) {
      HWY_UNROLL(12)
      for (std::size_t j = 0; j < kColumns; ++j) sums[v][j] = hn::Zero(d);
    }
    for (; p < end; ++p) {
      const float* from = a.data + row + p * a.column_stride;
      HWY_UNROLL(12)
      for (std::size_t v = 0; v < kVectors; ++v) {
        const V factors = kVectors == 1 ? LoadFirst(d, from, rows) : hn::LoadU(d, from + v * lanes);
        HWY_UNROLL(12)
        for (std::size_t j = 0; j < kColumns; ++j) {
          sums[v][j] = hn::MulAdd(factors, hn::Set(d, b.data[p * kColumns + j]), sums[v][j]);
        }
      }
    }
    HWY_UNROLL(12)
    for (std::size_t v = 0; v < kVectors; ++v) {
      StoreDown<kColumns>(d, sums[v], adds, c.row(row + v * lanes), HWY_MIN(rows, lanes));
    }
  }
}

template <std::size_t kVectors, std::size_t kColumns>
void DownFrom(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, bool add, std::size_t row) {
  const std::size_t rows = kVectors * hn::Lanes(hn::ScalableTag<float>());
  for (; kVectors == 1 ? row < c.rows : row + rows <= c.rows; row += rows) {
    MultiplyDown<kVectors, kColumns>(a, b, c, add, row);
  }
  if constexpr (kVectors > 1) DownFrom<kVectors / 2, kColumns>(a, b, c, add, row);
}

template <std::size_t kColumns>
void Down(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, bool add) {
  constexpr std::size_t kSums = kRegisters == 32 ? (kColumns > 8 ? 24 : 16) : 8;
  DownFrom<kColumns == 1 ? 8 : kSums / kColumns, kColumns>(a, b, c, add, 0);
}

// Calls `work` with the number of columns as a constant, where it is at most kMost. Returns whether it did.
template <std::size_t kMost, class Work>
bool WithColumns(std::size_t columns, const Work& work) {
  if constexpr (kMost == 0) {
    return false;
  } else {
    if (columns != kMost) return WithColumns<kMost - 1>(columns, work);
    work(std::integral_constant<std::size_t, kMost>());
    return true;
  }
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
