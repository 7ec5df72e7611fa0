#include "encoding.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_category_encoding(const LayerParameters& parameters) {
  const std::size_t codes = parameters.size("num_tokens");
  require(codes > 0, Code::kInvalidArg, "an encoding has no tokens");
  return std::make_unique<Encoding>(
      Encoding::Settings{parameters.size("rows"), parameters.size("columns"), codes, parameters.flag("count"), {}});
}

}  // namespace gemsbok::core
