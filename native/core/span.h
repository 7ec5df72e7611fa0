#pragma once

#include <cstddef>

namespace gemsbok::core {

// A non-owning, row-major, contiguous matrix.
template <class T>
struct Matrix {
  T* data;
  std::size_t rows;
  std::size_t columns;

  T* row(std::size_t index) const { return data + index * columns; }
  std::size_t size() const { return rows * columns; }
  Matrix slice(std::size_t first, std::size_t count) const { return {row(first), count, columns}; }
};

}  // namespace gemsbok::core
