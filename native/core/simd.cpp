#include "simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

std::int64_t Target() { return HWY_TARGET; }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <mutex>

#include "blas.h"
#include "error.h"

namespace gemsbok::core {

HWY_EXPORT(Target);

namespace {

struct InstructionSet {
  const char* name;
  std::int64_t targets;  // of Highway, as bits; better ones are lower bits
  const char*
      blas_core;  // of a lower set, or where the BLAS does not know the processor; else it picks the best itself
};

#if HWY_ARCH_X86
constexpr InstructionSet kSets[] = {{"AVX-512", 2 * HWY_AVX3 - 1, "SkylakeX"},
                                    {"AVX2", 2 * HWY_AVX2 - 2 * HWY_AVX3, "Haswell"},
                                    {"baseline", INT64_MAX - (2 * HWY_AVX2 - 1), "Prescott"}};
#else
constexpr InstructionSet kSets[] = {{"NEON", INT64_MAX, nullptr}};
#endif

const InstructionSet& set_of(const std::string& name) {
  const auto& names = simd_names();
  require(std::find(names.begin(), names.end(), name) != names.end(), Code::kInvalidArg,
          "this machine does not have the instruction set");
  return *std::find_if(std::begin(kSets), std::end(kSets), [&](const auto& set) { return set.name == name; });
}

}  // namespace

std::string simd_name() {
  const std::int64_t target = HWY_DYNAMIC_DISPATCH(Target)();
  return std::find_if(std::begin(kSets), std::end(kSets), [&](const auto& set) { return (set.targets & target) != 0; })
      ->name;
}

const std::vector<std::string>& simd_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    const std::int64_t targets = HWY_SUPPORTED_TARGETS & HWY_TARGETS;
    for (const InstructionSet& set : kSets) {
      if ((set.targets & targets) != 0) found.emplace_back(set.name);
    }
    return found;
  }();
  return names;
}

std::string use_simd(const std::string& name) {
  static std::mutex mutex;
  static std::string decided;
  const std::lock_guard<std::mutex> lock(mutex);
  if (!decided.empty()) return decided;
  const std::string& best = simd_names().front();
  const InstructionSet& set = set_of(name.empty() ? best : name);
  if (set.name != best) {
    const std::int64_t lowest_bit = set.targets & -set.targets;
    hwy::DisableTargets(lowest_bit - 1);
  }
  if (set.name != best || blas::is_core_missed()) blas::use_core(set.blas_core);
  decided = set.name;
  return decided;
}

}  // namespace gemsbok::core

#endif  // HWY_ONCE
