#include "rng.h"

#include <doctest/doctest.h>

#include "initializers/initializer.h"

namespace gemsbok::core {

// Known answers of Random123 for philox4x32-10.
TEST_CASE("Philox gives the published numbers") {
  CHECK(Philox(0, 0).block(0) == std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint64_t ones = ~std::uint64_t{0};
  CHECK(Philox(ones, ones).block(ones) == std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  const Philox pi(0x299f31d0a4093822, 0x0370734413198a2e);
  CHECK(pi.block(0x85a308d3243f6a88) == std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("numbers lie in their range and have the moments of their distribution") {
  const Philox generator(7, 3);
  double sum = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const double u = generator.uniform(i), z = generator.normal(i);
    REQUIRE((u >= 0 && u < 1));
    REQUIRE(generator.below(i, 10) < 10);
    sum += z;
    squares += z * z;
  }
  CHECK(std::abs(sum / kDraws) < 0.02);
  CHECK(std::abs(squares / kDraws - 1) < 0.03);
}

}  // namespace gemsbok::core
