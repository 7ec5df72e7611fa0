#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "error.h"

namespace gemsbok::core {

constexpr const char* kTooLargeArray =
    "Expected an array that fits into memory, received a larger one. Use smaller layers, or fewer rows at once.";

// Bytes of all buffers of the process.
inline std::atomic<std::size_t> buffer_bytes{0};

// Memory on a cache line's boundary, neither initialized nor copied. Behind it follow zeros for a vector that kernels
// read and do not use: with what happens to lie there they could meet subnormal numbers, which are some fifty times
// slower.
template <class T>
class Buffer {
 public:
  static constexpr std::size_t kAlignment = 64;

  Buffer() = default;
  explicit Buffer(std::size_t size) : size_(size) {
    require(size <= SIZE_MAX / 2 / sizeof(T), Code::kOutOfMemory, kTooLargeArray);
    const std::size_t bytes = (size * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment + kAlignment;
    auto* data = static_cast<T*>(::operator new (bytes, std::align_val_t{kAlignment}, std::nothrow));
    require(data != nullptr, Code::kOutOfMemory, kTooLargeArray);
    std::memset(data + size, 0, bytes - size * sizeof(T));
    data_ = {data, Free{bytes}};
    buffer_bytes += bytes;
  }

  static Buffer zeros(std::size_t size) {
    Buffer buffer(size);
    std::memset(buffer.data(), 0, size * sizeof(T));
    return buffer;
  }

  T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    std::size_t bytes = 0;
    void operator()(T* data) const {
      ::operator delete (data, std::align_val_t{kAlignment});
      buffer_bytes -= bytes;
    }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace gemsbok::core
