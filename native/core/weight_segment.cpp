#include "weight_segment.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

constexpr std::size_t kLine = Buffer<float>::kAlignment / sizeof(float);

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> next{0};
  return next++;
}

}  // namespace

WeightSegment::WeightSegment(const std::vector<std::size_t>& sizes)
    : id_(next_id()),
      offsets_(offsets_of(sizes)),
      values_(Buffer<float>::zeros(offsets_.back())),
      values_id_(next_id()) {}

std::vector<std::size_t> WeightSegment::offsets_of(const std::vector<std::size_t>& sizes) {
  std::vector<std::size_t> offsets = {0};
  for (const std::size_t size : sizes) {
    require(size <= SIZE_MAX / sizeof(float) / 8 - offsets.back(), Code::kOutOfMemory,
            "Expected weights that fit this machine's memory, received larger ones. Take fewer units.");
    offsets.push_back(offsets.back() + (size + kLine - 1) / kLine * kLine);
  }
  return offsets;
}

std::shared_ptr<const WeightSegment::Version> WeightSegment::pin() const {
  const std::lock_guard<std::mutex> lock(pin_mutex_);
  std::shared_ptr<Version> version = pinned_.lock();
  if (version == nullptr) pinned_ = version = std::make_shared<Version>(values_id_);
  return version;
}

std::shared_ptr<WeightSegment::Version> WeightSegment::copy() const {
  auto version = std::make_shared<Version>(next_id());
  copy_into(*version);
  return version;
}

void WeightSegment::preserve() {
  if (const std::shared_ptr<Version> version = pinned_.lock(); version != nullptr) copy_into(*version);
  pinned_.reset();
  values_id_ = next_id();
}

void WeightSegment::copy_into(Version& version) const {
  version.values_ = Buffer<float>(size());
  std::copy_n(values_.data(), size(), version.values_.data());
  version.copied_ = true;
}

void put_in_order(WeightSegments& segments) {
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
  segments.erase(std::unique(segments.begin(), segments.end()), segments.end());
}

}  // namespace gemsbok::core
