#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace gemsbok::core {

// Philox4x32-10 (Salmon et al. 2011): number `index` of stream `stream` depends on nothing else, hence the same numbers
// whatever the number of threads and however a run is cut.
class Philox {
 public:
  Philox(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  std::array<std::uint32_t, 4> block(std::uint64_t index) const {
    std::array<std::uint32_t, 4> counter = {low(index), high(index), low(stream_), high(stream_)};
    std::uint32_t key0 = low(seed_), key1 = high(seed_);
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
      const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
      counter = {high(product1) ^ counter[1] ^ key0, low(product1), high(product0) ^ counter[3] ^ key1, low(product0)};
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    return counter;
  }

  // In [0, 1), 53 bits.
  double uniform(std::uint64_t index) const {
    const auto words = block(index);
    return static_cast<double>((std::uint64_t{words[0]} << 21) ^ (words[1] >> 11)) * 0x1.0p-53;
  }

  // Standard normal (Box-Muller on the block's four words).
  double normal(std::uint64_t index) const {
    const auto words = block(index);
    const double radius = (static_cast<double>((std::uint64_t{words[0]} << 21) ^ (words[1] >> 11)) + 1.0) * 0x1.0p-53;
    const double angle = static_cast<double>((std::uint64_t{words[2]} << 21) ^ (words[3] >> 11)) * 0x1.0p-53;
    return std::sqrt(-2.0 * std::log(radius)) * std::cos(6.283185307179586 * angle);
  }

  // In [0, bound), without the bias of a plain remainder that could be seen: bound is far below 2^53.
  std::uint64_t below(std::uint64_t index, std::uint64_t bound) const {
    return static_cast<std::uint64_t>(uniform(index) * static_cast<double>(bound));
  }

 private:
  static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
  static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

  std::uint64_t seed_;
  std::uint64_t stream_;
};

}  // namespace gemsbok::core
