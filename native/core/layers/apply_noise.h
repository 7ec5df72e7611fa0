#pragma once

#include <cstddef>
#include <cstdint>

namespace gemsbok::core {

// What one random word makes of an element: keep or replace it, or multiply and add a normal number.
struct NoiseFormula {
  bool normal = false;
  std::uint32_t threshold = 0;      // words below it drop an element
  float scale = 1, offset = 0;      // of a kept one
  float dropped = 0;                // what a dropped one becomes
  float deviation = 0, addend = 0;  // of the normal number

  // Drops a part `rate` of the elements, each for `dropped`; what is kept is x scale + offset.
  static NoiseFormula drop(double rate, double scale, double offset, double dropped);
  // x (1 + deviation n) + addend n
  static NoiseFormula gaussian(double deviation, double addend);

  bool is_identity() const { return normal ? deviation == 0 && addend == 0 : threshold == 0; }
};

// Of a generator Philox(seed, stream).
struct NoiseKey {
  std::uint64_t seed, stream;
};

// The elements of some consecutive samples and where their noise starts.
struct NoiseSpan {
  const float* in;
  float* out;
  std::size_t samples, size;
  std::uint64_t first;           // number of the first sample
  std::size_t noise_size;        // of a sample
  const std::uint32_t* offsets;  // [size] of the noise in a sample; null where each element has its own
  bool shared;
};

void apply_noise(const NoiseKey& key, const NoiseFormula& formula, const NoiseSpan& span);

}  // namespace gemsbok::core
