// Products of few columns with contiguous rows of a: a vector adds up several products of each column at once. Compiled
// for each instruction set.
#if defined(GEMSBOK_GROUPED_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GEMSBOK_GROUPED_PRODUCTS_INL_H_
#undef GEMSBOK_GROUPED_PRODUCTS_INL_H_
#else
#define GEMSBOK_GROUPED_PRODUCTS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "few_columns-inl.h"
#include "hwy/highway.h"
#include "small_gemm.h"

// Of one lane there is nothing to share.
#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// from[0 .. kGroup), again and again.
template <std::size_t kGroup, class D>
HWY_INLINE hn::Vec<D> LoadGroup(D d, const float* from) {
  if constexpr (kGroup == hn::MaxLanes(D())) {
    return hn::LoadU(d, from);
  } else if constexpr (kGroup == 2) {
    const hn::Repartition<double, D> pairs;
    double pair;
    std::memcpy(&pair, from, sizeof(pair));
    return hn::BitCast(d, hn::Set(pairs, pair));
  } else if constexpr (kGroup == 4) {
    return hn::LoadDup128(d, from);
  } else {
    const hn::Half<D> half;
    const auto group = LoadGroup<kGroup>(half, from);
    return hn::Combine(d, group, group);
  }
}

// Adds up groups of neighbouring lanes. What groups of the first vector add up to stands first, that of the next one
// behind it, as far as vectors go.
template <std::size_t kGroup, std::size_t kCount, class D>
HWY_INLINE void SumGroups(D d, hn::Vec<D>* values) {
  if constexpr (kGroup > 1) {
    constexpr std::size_t kLeft = (kCount + 1) / 2;
    HWY_UNROLL(8)
    for (std::size_t i = 0; i < kLeft; ++i) {
      const auto first = values[2 * i], second = values[kCount == 1 ? 0 : 2 * i + 1];
      values[i] = hn::ConcatEven(d, second, first) + hn::ConcatOdd(d, second, first);
    }
    SumGroups<kGroup / 2, kLeft>(d, values);
  }
}

// Lanes of vectors, as indices of them.
template <std::size_t kLanes>
struct Lanes {
  HWY_ALIGN std::int32_t of[kLanes];
};

// Of two, four or eight columns. Those with even numbers share a vector, and those with odd ones, with kGroup products
// of each.
template <std::size_t kColumns>
class GroupedProduct {
 public:
  using D = hn::ScalableTag<float>;
  static constexpr std::size_t kLanes = hn::MaxLanes(D()), kGroup = 2 * kLanes / kColumns;

  GroupedProduct(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start)
      : a_(a), b_(b), c_(c), start_(start) {}

  // Moving the elements of b takes as long as some rows' products: for many rows it is done once, where there is room
  // for it.
  void Run(float* panel) const {
    const std::size_t groups = (b_.rows + kGroup - 1) / kGroup;
    if (panel == nullptr || c_.rows < kLeastMoved || groups * 2 * kLanes > kPanelRows * kMostPacked) {
      RunRows<false>(nullptr);
      return;
    }
    const D d;
    float* to = panel;
    for (std::size_t p = 0; p < b_.rows; p += kGroup, to += 2 * kLanes) {
      const Columns columns = p + kGroup <= b_.rows ? Move(b_.row(p)) : MoveLast(p);
      hn::Store(columns.even, d, to);
      hn::Store(columns.odd, d, to + kLanes);
    }
    RunRows<true>(panel);
  }

 private:
  using V = hn::Vec<D>;
  static constexpr std::size_t kLeastMoved = 16;

  struct Columns {
    V even, odd;
  };

  // Where a lane of the even or odd columns comes from, where one of a row's sums does, and of which column that is.
  static constexpr Lanes<kLanes> Tables(std::size_t which) {
    Lanes<kLanes> table{};
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const std::size_t column = lane % kColumns;
      const std::size_t from[] = {lane % kGroup * (kColumns / 2) + lane / kGroup,
                                  lane - column + column % 2 * (kColumns / 2) + column / 2, column};
      table.of[lane] = static_cast<std::int32_t>(from[which]);
    }
    return table;
  }
  static constexpr Lanes<kLanes> kMoves = Tables(0), kSums = Tables(1), kBiases = Tables(2);

  static HWY_INLINE V Lookup(V values, const Lanes<kLanes>& table) {
    return hn::TableLookupLanes(values, hn::SetTableIndices(D(), table.of));
  }

  template <bool kMoved>
  void RunRows(const float* panel) const {
    std::size_t row = 0;
    if constexpr (kRegisters == 32) row = Rows<kMoved, 8>(panel, row);
    row = Rows<kMoved, 4>(panel, row);
    Rows<kMoved, 1>(panel, row);
  }

  // Rows in groups of kRows. Returns the first other one.
  template <bool kMoved, std::size_t kRows>
  HWY_NOINLINE std::size_t Rows(const float* panel, std::size_t row) const {
    const D d;
    const std::size_t k = b_.rows, row_stride = a_.row_stride;
    for (; row + kRows <= c_.rows; row += kRows) {
      const float *from = a_.data + row * row_stride, *moved = panel;
      V totals[2 * kRows];
      std::size_t p = 0;
      do {
        V sums[2 * kRows];
        HWY_UNROLL(16)
        for (std::size_t i = 0; i < 2 * kRows; ++i) sums[i] = hn::Zero(d);
        const bool is_first = p == 0;
        const std::size_t end = HWY_MIN(k, p + kDepth * kGroup);
        for (; p + kGroup <= end; p += kGroup, moved += 2 * kLanes) {
          Add<kRows>(from + p, row_stride, kMoved ? Moved(moved) : Move(b_.row(p)), sums);
        }
        if (p < end) {
          float group[kRows * kGroup] = {};
          for (std::size_t i = 0; i < kRows; ++i) std::copy_n(from + i * row_stride + p, end - p, group + i * kGroup);
          Add<kRows>(group, kGroup, kMoved ? Moved(moved) : MoveLast(p), sums);
          p = end;
        }
        HWY_UNROLL(16)
        for (std::size_t i = 0; i < 2 * kRows; ++i) totals[i] = is_first ? sums[i] : totals[i] + sums[i];
      } while (p < k);
      SumGroups<kGroup, 2 * kRows>(d, totals);
      Store<kRows>(totals, c_.row(row));
    }
    return row;
  }

  // kGroup rows of b, those of each column side by side.
  static HWY_INLINE Columns Move(const float* rows) {
    const D d;
    const V first = hn::LoadU(d, rows), second = hn::LoadU(d, rows + kLanes);
    const V even = hn::ConcatEven(d, second, first), odd = hn::ConcatOdd(d, second, first);
    if constexpr (kColumns == 2) return {even, odd};
    return {Lookup(even, kMoves), Lookup(odd, kMoves)};
  }

  // The last rows, from p on, and zeros, as what stands behind b may not be finite.
  HWY_INLINE Columns MoveLast(std::size_t p) const {
    float rows[2 * kLanes] = {};
    std::copy_n(b_.row(p), (b_.rows - p) * kColumns, rows);
    return Move(rows);
  }

  static HWY_INLINE Columns Moved(const float* panel) {
    const D d;
    return {hn::Load(d, panel), hn::Load(d, panel + kLanes)};
  }

  // kGroup products of each element.
  template <std::size_t kRows>
  static HWY_INLINE void Add(const float* a, std::size_t row_stride, const Columns& columns, V* sums) {
    const D d;
    HWY_UNROLL(8)
    for (std::size_t i = 0; i < kRows; ++i) {
      const V factors = LoadGroup<kGroup>(d, a + i * row_stride);
      sums[2 * i] = hn::MulAdd(factors, columns.even, sums[2 * i]);
      sums[2 * i + 1] = hn::MulAdd(factors, columns.odd, sums[2 * i + 1]);
    }
  }

  template <std::size_t kRows>
  HWY_INLINE void Store(const V* totals, float* to) const {
    const D d;
    constexpr std::size_t kCount = HWY_MIN(kRows * kColumns, kLanes);
    const V bias = start_.bias == nullptr ? hn::Zero(d) : Lookup(hn::LoadU(d, start_.bias), kBiases);
    HWY_UNROLL(8)
    for (std::size_t v = 0; v < kRows * kColumns / kCount; ++v, to += kCount) {
      const V sums = Lookup(totals[v], kSums) + bias;
      StoreFirst(d, start_.add ? sums + LoadFirst(d, to, kCount) : sums, to, kCount);
    }
  }

  const Strided& a_;
  const Matrix<const float>& b_;
  const Matrix<float>& c_;
  const GemmStart& start_;
};

// Returns whether the product is one of them: the rule knows nothing of the number of rows, as bits must not. `panel`
// is null, or room for kPanelRows * kMostPacked floats.
template <std::size_t kColumns = 2>
bool MultiplyGrouped(const Strided& a, const Matrix<const float>& b, const Matrix<float>& c, const GemmStart& start,
                     float* panel) {
  if constexpr (kColumns <= kMostGrouped && kColumns <= hn::MaxLanes(hn::ScalableTag<float>())) {
    if (c.columns != kColumns) return MultiplyGrouped<2 * kColumns>(a, b, c, start, panel);
    // Short rows are not worth adding up their groups.
    if (b.rows < 8 * kColumns) return false;
    GroupedProduct<kColumns>(a, b, c, start).Run(panel);
    return true;
  }
  return false;
}

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#endif
