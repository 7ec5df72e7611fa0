#pragma once

#include <napi.h>

#include <functional>
#include <memory>

namespace gemsbok::binding {

// JavaScript objects whose memory native data points into. Whatever thread drops the data last, the JavaScript thread
// alone may let go of the object.
class KeptObjects {
 public:
  // `dropped` is called on another thread, where that one drops data: `release` is to be called soon.
  explicit KeptObjects(std::function<void()> dropped);
  // Lives as long as the object is needed.
  std::shared_ptr<const void> keep(const Napi::Object& object);
  // Lets go of what other threads have dropped.
  void release();
  // From here on references go with the environment.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gemsbok::binding
