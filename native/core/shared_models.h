#pragma once

#include <memory>
#include <string>

#include "model.h"

namespace gemsbok::core {

// A name, for the whole process and hard to guess, by which other threads find the model while somebody holds it.
std::string share(const std::shared_ptr<Model>& model);
std::shared_ptr<Model> find_shared(const std::string& id);

}  // namespace gemsbok::core
