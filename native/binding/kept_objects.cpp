#include "kept_objects.h"

#include <mutex>
#include <thread>
#include <vector>

namespace gemsbok::binding {

using Reference = std::unique_ptr<Napi::ObjectReference>;

struct KeptObjects::State {
  const std::thread::id owner = std::this_thread::get_id();
  const std::function<void()> notify;
  std::mutex mutex;
  std::vector<Reference> dropped;
  bool closed = false;

  explicit State(std::function<void()> notify) : notify(std::move(notify)) {}

  void drop(Reference reference) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (closed) {
      reference->SuppressDestruct();
    } else if (std::this_thread::get_id() != owner) {
      dropped.push_back(std::move(reference));
      if (dropped.size() == 1) notify();
    }
  }
};

KeptObjects::KeptObjects(std::function<void()> dropped) : state_(std::make_shared<State>(std::move(dropped))) {}

std::shared_ptr<const void> KeptObjects::keep(const Napi::Object& object) {
  release();
  auto* reference = new Napi::ObjectReference(Napi::Persistent(object));
  return {reference, [state = state_](Napi::ObjectReference* own) { state->drop(Reference(own)); }};
}

void KeptObjects::release() {
  std::vector<Reference> dropped;
  const std::lock_guard<std::mutex> lock(state_->mutex);
  dropped.swap(state_->dropped);
}

void KeptObjects::close() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->closed = true;
  for (auto& reference : state_->dropped) reference->SuppressDestruct();
  state_->dropped.clear();
}

}  // namespace gemsbok::binding
