#include "rearrangement.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_repeat_vector(const LayerParameters& parameters) {
  const std::size_t size = parameters.size("size");
  Offsets sources(elements({parameters.size("n"), size}));
  for (std::size_t i = 0; i < sources.size(); ++i) sources[i] = static_cast<std::uint32_t>(i % size);
  return std::make_unique<Rearrangement>(size, std::move(sources));
}

}  // namespace gemsbok::core
