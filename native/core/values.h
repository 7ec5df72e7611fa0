#pragma once

#include <cstddef>

#include "parallel.h"

namespace gemsbok::core {

// What numbers may be: from `low` to `high`, where `whole` integers alone, and `except` as well (NaN: nothing more).
// NaN is within all limits, and is no integer.
struct Allowed {
  double low, high;
  bool whole;
  double except;
};

// The first of `size` numbers that is not allowed; `size` where all are.
template <class T>
std::size_t find_outside(const T* values, std::size_t size, const Allowed& allowed, const TeamPool::Lease& team);

// Copies numbers to floats; returns whether all of these are finite.
template <class T>
bool copy_as_floats(const T* from, std::size_t size, float* to, const TeamPool::Lease& team);

// The first of `size` numbers that is NaN or infinite; `size` where none is.
std::size_t find_non_finite(const float* values, std::size_t size, const TeamPool::Lease& team);

}  // namespace gemsbok::core
