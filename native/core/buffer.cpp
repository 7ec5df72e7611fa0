#include "buffer.h"

#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace gemsbok::core {

#if defined(__linux__)

void prefer_large_pages(void* data, std::size_t bytes) {
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20, kLeast = 4 * kLargePage;
  if (bytes < kLeast) return;
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first = (address + kLargePage - 1) / kLargePage * kLargePage;
  const std::uintptr_t last = (address + bytes) / kLargePage * kLargePage;
  madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);  // advice: whether it is taken does not matter
}

#else

void prefer_large_pages(void*, std::size_t) {}

#endif

}  // namespace gemsbok::core
