#include "shared_models.h"

#include <map>
#include <random>

namespace gemsbok::core {
namespace {

struct SharedModels {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<Model>> by_id;
};

// Stays until the very end, as threads of JavaScript may.
SharedModels& shared_models() {
  static auto& models = *new SharedModels;
  return models;
}

// 128 bits
std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 32; ++i) id += "0123456789abcdef"[random() % 16];
  return id;
}

}  // namespace

std::string share(const std::shared_ptr<Model>& model) {
  auto& [mutex, by_id] = shared_models();
  const std::lock_guard<std::mutex> lock(mutex);
  std::erase_if(by_id, [](const auto& entry) { return entry.second.expired(); });
  for (const auto& [id, known] : by_id) {
    if (!known.owner_before(model) && !model.owner_before(known)) return id;
  }
  return by_id.emplace(random_id(), model).first->first;
}

std::shared_ptr<Model> find_shared(const std::string& id) {
  auto& [mutex, by_id] = shared_models();
  const std::lock_guard<std::mutex> lock(mutex);
  const auto found = by_id.find(id);
  std::shared_ptr<Model> model = found == by_id.end() ? nullptr : found->second.lock();
  require(model != nullptr, Code::kClosed,
          "Expected a model of this process that still exists for `handle`, received one that is gone, or of another "
          "process. Keep the model, or the handle, in the thread that shared it.");
  return model;
}

}  // namespace gemsbok::core
