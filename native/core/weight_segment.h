#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "buffer.h"
#include "parallel.h"

namespace gemsbok::core {

// The values of variables that were made together, in one allocation. Models point into segments, which may be those of
// other models too, and live as long as one of them does. Each variable starts on a cache line (the gap's elements
// are zero and stay so).
class WeightSegment {
 public:
  // For variables of these sizes.
  explicit WeightSegment(const std::vector<std::size_t>& sizes);

  // Where each variable starts, and after the last one where the segment ends.
  static std::vector<std::size_t> offsets_of(const std::vector<std::size_t>& sizes);

  // Segments are locked in the order of their ids.
  std::uint64_t id() const { return id_; }
  const std::vector<std::size_t>& offsets() const { return offsets_; }
  std::size_t size() const { return values_.size(); }
  FairSharedMutex& mutex() const { return mutex_; }

  // The values as they stood when it was pinned. As long as they do not change they are the segment's own, and it
  // holds nothing: to be looked at under the segment's lock.
  class Version {
   public:
    explicit Version(std::uint64_t values_id) : values_id_(values_id) {}
    bool is_own() const { return copied_; }
    std::uint64_t values_id() const { return values_id_; }
    float* values() const { return values_.data(); }

   private:
    friend class WeightSegment;

    Buffer<float> values_;
    std::uint64_t values_id_;
    bool copied_ = false;
  };

  // The following need the lock.
  float* values() const { return values_.data(); }
  // The values as they are now, for who reads them under several locks.
  std::shared_ptr<const Version> pin() const;
  // A version of its own from the beginning, which the caller may change.
  std::shared_ptr<Version> copy() const;
  // To be called before any change: what was pinned gets a copy, and the values another id.
  void preserve();
  // No other values have it, in any segment: who made something of them can tell whether it still holds.
  std::uint64_t values_id() const { return values_id_; }
  // Updates by training so far: who computes something under several locks can tell whether there was one in between.
  std::uint64_t updates() const { return updates_; }
  void count_update() { ++updates_; }

 private:
  void copy_into(Version& version) const;

  const std::uint64_t id_;
  std::vector<std::size_t> offsets_;
  Buffer<float> values_;
  std::uint64_t values_id_;
  std::uint64_t updates_ = 0;
  mutable FairSharedMutex mutex_;
  mutable std::mutex pin_mutex_;  // of readers, who hold the lock together
  mutable std::weak_ptr<Version> pinned_;
};

// Each once, in the order of their ids.
using WeightSegments = std::vector<std::shared_ptr<WeightSegment>>;
void put_in_order(WeightSegments& segments);

// Holds the locks of several segments, to write all of them or to read: taken in one order, so that two who want the
// same ones do not wait for each other.
template <bool kWrites>
class SegmentsLock {
 public:
  explicit SegmentsLock(const WeightSegments& segments) : segments_(&segments) {
    for (const auto& segment : segments) kWrites ? segment->mutex().lock() : segment->mutex().lock_shared();
  }
  // Locks all or none; `owns_lock` tells.
  SegmentsLock(const WeightSegments& segments, std::try_to_lock_t) : segments_(&segments) {
    static_assert(!kWrites);
    for (std::size_t s = 0; s < segments.size(); ++s) {
      if (segments[s]->mutex().try_lock_shared()) continue;
      while (s-- > 0) segments[s]->mutex().unlock_shared();
      segments_ = nullptr;
      return;
    }
  }
  ~SegmentsLock() { unlock(); }
  SegmentsLock(const SegmentsLock&) = delete;
  SegmentsLock& operator=(const SegmentsLock&) = delete;

  bool owns_lock() const { return segments_ != nullptr; }
  void unlock() {
    if (segments_ == nullptr) return;
    for (const auto& segment : *segments_) kWrites ? segment->mutex().unlock() : segment->mutex().unlock_shared();
    segments_ = nullptr;
  }

 private:
  const WeightSegments* segments_;  // null where they are unlocked
};

using ReadLock = SegmentsLock<false>;
using WriteLock = SegmentsLock<true>;

}  // namespace gemsbok::core
