#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "buffer.h"
#include "span.h"

namespace gemsbok::core {

// One array of a data set, row by row: bytes, which are widened when a batch is gathered, or floats.
struct Column {
  const void* data = nullptr;
  bool bytes = false;
  std::size_t columns = 0;
  bool finite = false;  // Whether all numbers are known to be.

  // The row as floats where it is stored so, else null.
  const float* floats(std::size_t row) const {
    return bytes ? nullptr : static_cast<const float*>(data) + row * columns;
  }
};

// Copies rows[indices[i]] (or first + i, where indices is null) to out[i], widening bytes.
void gather(const Column& column, const std::uint32_t* indices, std::size_t first, std::size_t count, float* out);

// What stands before the names of the arrays, as errors call them, and how many of the caller's rows before these.
struct Origin {
  std::string prefix;
  std::size_t first_row = 0;

  std::string samples() const { return prefix + "x"; }
};

// The arrays of a run on storage that it shares with its slices.
struct Dataset {
  std::size_t rows = 0;
  std::vector<Column> inputs;
  std::vector<Column> targets;
  // Of each target: one a row, or one for each row of its output; without data where all count alike. Empty where none
  // has any.
  std::vector<Column> weights;
  std::vector<std::shared_ptr<const void>> storage;
  Origin origin;

  Dataset slice(std::size_t from, std::size_t to) const;
  // The column of an input, of a target after them, or of a target's weights after these, empty where it has none.
  const Column& column(std::size_t index) const;
};

}  // namespace gemsbok::core
