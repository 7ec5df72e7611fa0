#include "update.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optimizers/update.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "drivers-inl.h"

#ifndef GEMSBOK_UPDATE_KERNELS_
#define GEMSBOK_UPDATE_KERNELS_

namespace gemsbok::core {

template <class T>
struct UpdateKernels {
  void (*add)(std::size_t size, T* to, const T* from);
  void (*divide)(std::size_t size, T* x, double divisor);
  void (*multiply)(std::size_t size, T* x, double factor);
  void (*clip)(std::size_t size, T* x, double limit);
  void (*decay)(std::size_t size, T* x, double share);
  void (*average)(std::size_t size, T* mean, const T* value, double momentum);
  double (*square_sum)(std::size_t size, const T* x);
};

}  // namespace gemsbok::core

#endif

HWY_BEFORE_NAMESPACE();
namespace gemsbok::core::HWY_NAMESPACE {

template <class T>
void Add(std::size_t size, T* to, const T* from) {
  MapLanes(size, to, from, [](auto a, auto b) HWY_ATTR { return a + b; });
}

template <class T>
void Divide(std::size_t size, T* x, double divisor) {
  MapLanes(size, x, [=](auto v) HWY_ATTR { return v / divisor; });
}

template <class T>
void Multiply(std::size_t size, T* x, double factor) {
  MapLanes(size, x, [=](auto v) HWY_ATTR { return v * factor; });
}

template <class T>
void ClipTo(std::size_t size, T* x, double limit) {
  MapLanes(size, x, [=](auto v) HWY_ATTR { return Clip(v, -limit, limit); });
}

template <class T>
void Decay(std::size_t size, T* x, double share) {
  MapLanes(size, x, [=]<class V>(V v) HWY_ATTR { return hn::NegMulAdd(v, Set<V>(share), v); });
}

template <class T>
void Average(std::size_t size, T* mean, const T* value, double momentum) {
  MapLanes(size, mean, value,
           [=]<class V>(V m, V v) HWY_ATTR { return hn::MulAdd(Set<V>(momentum), m, (1 - momentum) * v); });
}

template <class T>
constexpr UpdateKernels<T> kKernelsOf = {Add<T>,   Divide<T>,  Multiply<T>,   ClipTo<T>,
                                         Decay<T>, Average<T>, SquareSumOf<T>};
constexpr PerType<UpdateKernels> kUpdateKernels = {kKernelsOf<float>, kKernelsOf<double>};

const PerType<UpdateKernels>& Kernels() { return kUpdateKernels; }

}  // namespace gemsbok::core::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>

namespace gemsbok::core {

HWY_EXPORT(Kernels);

namespace {

// Some microseconds of an optimizer's work.
constexpr std::size_t kChunkElements = std::size_t{1} << 12;

template <class T>
const UpdateKernels<T>& kernels() {
  return HWY_DYNAMIC_DISPATCH(Kernels)().of<T>();
}

// What multiplies a gradient so that its norm is within the limit. A norm that is NaN is not within, and makes NaN of
// all.
double factor_within(double square_sum, double limit) {
  const double norm = std::sqrt(square_sum);
  return norm <= limit ? 1 : limit / norm;
}

// For all gradients together Keras makes NaN of an infinite norm too.
double global_factor(double square_sum, double limit) {
  return std::isinf(square_sum) ? NAN : factor_within(square_sum, limit);
}

}  // namespace

template <class T>
Update<T>::Update(Optimizer optimizer, const std::vector<UpdatedVariable>& variables, const UpdateMemory<T>& memory)
    : optimizer_(std::move(optimizer)) {
  const auto& [run, options] = optimizer_;
  require(options.accumulation_steps > 0, Code::kInvalidArg, "gradients are accumulated over at least one step");
  auto next = memory.state.begin();
  for (std::size_t v = 0; v < variables.size(); ++v) {
    const OptimizerShape shape = shape_of(variables[v]);
    const Slots& slots = run->slots(run.parameters, shape);
    const std::size_t scratch = run->scratch == nullptr ? 0 : run->scratch(shape);
    items_.push_back({shape,
                      variables[v].weight_decay,
                      &slots,
                      memory.values[v],
                      memory.gradients[v],
                      nullptr,
                      nullptr,
                      {},
                      Buffer<T>(scratch),
                      0,
                      1});
    for (std::size_t first = 0; first < shape.size(); first += kChunkElements) {
      chunks_.push_back({v, first, std::min(kChunkElements, shape.size() - first), 0});
    }
    if (run->scratch != nullptr && shape.size() > 0) updates_.push_back({v, 0, shape.size(), 0});
  }
  if (run->scratch == nullptr) updates_ = chunks_;
  if (options.use_ema) {
    for (Item& item : items_) item.average = *next++;
  }
  if (options.accumulation_steps > 1) {
    for (Item& item : items_) item.accumulated = *next++;
  }
  for (Item& item : items_) {
    for (std::size_t s = 0; s < item.slots->count; ++s) item.slot[s] = *next++;
  }
  if (run->next_shared != nullptr) shared_ = *next;
}

template <class T>
std::size_t Update<T>::bytes() const {
  std::size_t elements = 0;
  for (const Item& item : items_) elements += item.scratch.size();
  return elements * sizeof(T);
}

template <class T>
void Update<T>::run(double learning_rate, std::uint64_t calls, const TeamPool::Lease& team,
                    const std::vector<Constrained<T>>& constraints) {
  const auto& [run, options] = optimizer_;
  const std::uint64_t iteration = calls / options.accumulation_steps;
  const bool complete = (calls + 1) % options.accumulation_steps == 0;
  if (calls == 0) begin();
  if (options.loss_scale_factor != 1 || options.accumulation_steps > 1) {
    team.run(chunks_.size(), [&](std::size_t task, std::size_t) { collect(chunks_[task], complete); });
  }
  if (complete) {
    find_clip_factors(team);
    // As in Keras the rate has the variable's type, so that training and a step on arrays give the same bits.
    OptimizerStep step = {static_cast<double>(static_cast<T>(learning_rate)), iteration, 1};
    if (shared_ != nullptr) {
      step.shared = static_cast<double>(*shared_);
      step.shared = run->next_shared(run.parameters, step);
      *shared_ = static_cast<T>(step.shared);
    }
    team.run(updates_.size(), [&](std::size_t task, std::size_t) { update(updates_[task], step); });
    team.run(constraints.size(), [&](std::size_t task, std::size_t) {
      const auto& [constraint, w] = constraints[task];
      constraint->run.template of<T>()(constraint.parameters, w);
    });
  }
  if (options.use_ema) average(iteration, team);
}

template <class T>
void Update<T>::begin() {
  for (Item& item : items_) {
    for (std::size_t s = 0; s < item.slots->count; ++s) {
      if (item.slots->slots[s].initial == Slot::kCopy) std::copy_n(item.value, item.shape.size(), item.slot[s]);
    }
  }
}

// Divides gradients by the loss' factor and adds them up; in the end their mean stands where the last one stood.
template <class T>
void Update<T>::collect(const Chunk& chunk, bool complete) {
  const double factor = optimizer_.options.loss_scale_factor;
  const std::size_t steps = optimizer_.options.accumulation_steps;
  const Item& item = items_[chunk.item];
  T* gradient = item.gradient == nullptr ? nullptr : item.gradient + chunk.first;
  if (gradient != nullptr && factor != 1) kernels<T>().divide(chunk.size, gradient, factor);
  if (steps == 1) return;
  T* sum = item.accumulated + chunk.first;
  if (!complete) {
    if (gradient != nullptr) kernels<T>().add(chunk.size, sum, gradient);
    return;
  }
  if (gradient != nullptr) {
    kernels<T>().add(chunk.size, gradient, sum);
    kernels<T>().divide(chunk.size, gradient, static_cast<double>(steps));
  }
  std::fill_n(sum, chunk.size, T{0});
}

template <class T>
void Update<T>::find_clip_factors(const TeamPool::Lease& team) {
  const auto& options = optimizer_.options;
  const bool global = options.global_clipnorm > 0;
  if (!global && !(options.clipnorm > 0)) return;
  team.run(chunks_.size(), [&](std::size_t task, std::size_t) {
    Chunk& chunk = chunks_[task];
    const T* gradient = items_[chunk.item].gradient;
    chunk.square_sum = gradient == nullptr ? 0 : kernels<T>().square_sum(chunk.size, gradient + chunk.first);
  });
  for (Item& item : items_) item.square_sum = 0;
  for (const Chunk& chunk : chunks_) items_[chunk.item].square_sum += chunk.square_sum;
  double total = 0;
  for (const Item& item : items_) total += item.square_sum;
  for (Item& item : items_) {
    item.clip_factor =
        global ? global_factor(total, options.global_clipnorm) : factor_within(item.square_sum, options.clipnorm);
  }
}

template <class T>
void Update<T>::update(const Chunk& chunk, const OptimizerStep& step) {
  const auto& [run, options] = optimizer_;
  const Item& item = items_[chunk.item];
  if (item.gradient == nullptr) return;
  T *value = item.value + chunk.first, *gradient = item.gradient + chunk.first;
  if (item.clip_factor != 1) kernels<T>().multiply(chunk.size, gradient, item.clip_factor);
  if (options.clipvalue > 0) kernels<T>().clip(chunk.size, gradient, options.clipvalue);
  if (item.weight_decay != 0) kernels<T>().decay(chunk.size, value, item.weight_decay * step.learning_rate);
  OptimizerRange<T> range = {chunk.size, value, gradient, {}, item.shape, item.scratch.data()};
  for (std::size_t s = 0; s < item.slots->count; ++s) range.slots[s] = item.slot[s] + chunk.first;
  run->update.of<T>()(run.parameters, step, range);
}

template <class T>
void Update<T>::average(std::uint64_t iteration, const TeamPool::Lease& team) {
  const auto& options = optimizer_.options;
  const double momentum = iteration == 0 ? 0 : options.ema_momentum;
  team.run(chunks_.size(), [&](std::size_t task, std::size_t) {
    const Chunk& chunk = chunks_[task];
    const Item& item = items_[chunk.item];
    kernels<T>().average(chunk.size, item.average + chunk.first, item.value + chunk.first, momentum);
  });
  const std::size_t frequency = options.ema_overwrite_frequency;
  if (frequency > 0 && (iteration + 1) % frequency == 0) overwrite_by_averages();
}

template <class T>
void Update<T>::overwrite_by_averages() {
  if (!optimizer_.options.use_ema) return;
  for (const Item& item : items_) std::copy_n(item.average, item.shape.size(), item.value);
}

template class Update<float>;
template class Update<double>;

}  // namespace gemsbok::core

#endif  // HWY_ONCE
