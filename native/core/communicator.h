#pragma once

#include <cstddef>

namespace gemsbok::core {

// What a process says of an error that another one has. JavaScript says it, too.
inline constexpr const char* kFailedElsewhere =
    "Expected a run without errors in all processes, received an error in another one, which has the error itself. "
    "Mend that, and start all of them again.";

// The processes that train one model together, each on its own rows of every batch.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual std::size_t rank() const = 0;
  virtual std::size_t size() const = 0;
  // Each number becomes its sum over all processes, with the same bits in all of them.
  virtual void allreduce(float* values, std::size_t count) = 0;
  virtual void allreduce(double* values, std::size_t count) = 0;
  // Each number becomes that of the first process.
  virtual void broadcast(float* values, std::size_t count) = 0;
};

// What processes tell each other within a step. One that fails amid it goes through it once more, without rows, as the
// others wait for it at each meeting: those that it was at it passes by.
class Meetings final : public Communicator {
 public:
  explicit Meetings(Communicator* processes) : processes_(processes) {}

  void begin() { held_ = passed_ = 0; }
  void begin_again() { passed_ = held_; }

  std::size_t rank() const override { return processes_->rank(); }
  std::size_t size() const override { return processes_->size(); }
  void allreduce(float* values, std::size_t count) override {
    meet([&] { processes_->allreduce(values, count); });
  }
  void allreduce(double* values, std::size_t count) override {
    meet([&] { processes_->allreduce(values, count); });
  }
  void broadcast(float* values, std::size_t count) override {
    meet([&] { processes_->broadcast(values, count); });
  }

 private:
  template <class Meeting>
  void meet(const Meeting& meeting) {
    if (passed_ > 0) {
      --passed_;
    } else {
      meeting();
      ++held_;
    }
  }

  Communicator* processes_;
  std::size_t held_ = 0, passed_ = 0;
};

}  // namespace gemsbok::core
