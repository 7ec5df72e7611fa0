#include "values.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "scheduler.h"

namespace gemsbok::core {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

template <class T>
std::size_t find(const std::vector<T>& values, const Allowed& allowed, std::size_t threads = 1) {
  Scheduler scheduler(threads);
  return find_outside(values.data(), values.size(), allowed, scheduler.borrow());
}

}  // namespace

TEST_CASE_TEMPLATE("the first number that is not allowed is found wherever it stands", T, float, double, std::int8_t,
                   std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t,
                   std::uint64_t) {
  // The last one alone in its block, and in what one thread looks through.
  const std::size_t size = (std::size_t{1} << 18) + 1025;
  const Allowed digits = {0, 9, true, kNone}, but_ten = {0, 9, true, 10};
  std::vector<T> values(size);
  CHECK(find(values, digits) == size);
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{1023}, std::size_t{1024}, std::size_t{1} << 17, size - 1026, size - 2}) {
    values[at] = 10;
    for (const std::size_t threads : {1, 3}) CHECK(find(values, digits, threads) == at);
    CHECK(find(values, but_ten) == size);
    values[size - 1] = 11;
    CHECK(find(values, digits) == at);
    CHECK(find(values, but_ten) == size - 1);
    values[size - 1] = values[at] = 0;
  }
  if (std::numeric_limits<T>::is_signed) {
    values[77] = static_cast<T>(-1);
    CHECK(find(values, digits) == 77);
  }
  CHECK(find(std::vector<T>(), digits) == 0);
}

TEST_CASE_TEMPLATE("whole numbers are neither fractions nor NaN nor infinite", T, float, double) {
  const double most = std::numeric_limits<double>::max();
  for (const double value : {0.5, kNone, HUGE_VAL, -HUGE_VAL}) {
    const std::vector<T> values = {1, -1, static_cast<T>(value), 3};
    CHECK(find(values, {-most, most, true, kNone}) == 2);
    CHECK(find(values, {-1, 3, false, kNone}) == (std::isinf(value) ? 2 : 4));
  }
}

TEST_CASE_TEMPLATE("numbers are copied to floats, and those that are not finite are noticed", T, float, double,
                   std::int8_t, std::int64_t) {
  Scheduler scheduler(2);
  std::vector<T> from(37);
  std::vector<float> to(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i);
  CHECK(copy_as_floats(from.data(), from.size(), to.data(), scheduler.borrow()));
  for (std::size_t i = 0; i < from.size(); ++i) CHECK(to[i] == static_cast<float>(i));
  if constexpr (!std::is_integral_v<T>) {
    for (const std::size_t at : {0, 17, 36}) {
      for (const double value : {kNone, HUGE_VAL, -HUGE_VAL, std::is_same_v<T, double> ? 1e39 : HUGE_VAL}) {
        from[at] = static_cast<T>(value);
        CHECK(!copy_as_floats(from.data(), from.size(), to.data(), scheduler.borrow()));
        from[at] = 1;
      }
    }
  }
}

TEST_CASE("the first number that is not finite is found wherever it stands") {
  const std::size_t size = (std::size_t{1} << 18) + 1025;
  const float most = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
  Scheduler scheduler(2);
  std::vector<float> values(size, most);
  values[1] = -most;
  values[2] = least;
  values[3] = 0;
  const auto found = [&] { return find_non_finite(values.data(), values.size(), scheduler.borrow()); };
  CHECK(found() == size);
  for (const double value : {kNone, -kNone, HUGE_VAL, -HUGE_VAL}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{1023}, std::size_t{1} << 18, size - 1}) {
      values[at] = static_cast<float>(value);
      CHECK(found() == at);
      values[at] = 1;
    }
  }
}

TEST_CASE("limits that floats do not have are those of the next number within") {
  const float large = 16777216;  // from here on floats are two apart
  const std::vector<float> values = {large, large + 2, -large - 2};
  CHECK(find(values, {-2.0 * large, large + 1.0, true, kNone}) == 1);
  CHECK(find(values, {-large - 1.0, 2.0 * large, true, kNone}) == 2);
}

}  // namespace gemsbok::core
