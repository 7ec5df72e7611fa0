#include "row_normalization.h"

namespace gemsbok::core {

std::unique_ptr<Layer> make_group_normalization(const LayerParameters& parameters) {
  const std::size_t outer = parameters.size("outer"), channels = parameters.size("channels");
  const std::size_t inner = parameters.size("inner"), groups = parameters.size("groups");
  elements({outer, channels, inner});
  require(groups > 0 && channels % groups == 0, Code::kInvalidArg, "groups do not divide the channels");
  const std::size_t each = channels / groups;
  RowNormalization::Settings settings = {};
  settings.scale = RowScale::kDeviation;
  settings.epsilon = parameters.number("epsilon");
  settings.rows = groups;
  settings.columns = each * outer * inner;
  settings.row_weights = each;
  settings.run = outer * inner;
  settings.offsets = permuted_offsets({outer, groups, each, inner}, {1, 2, 0, 3});
  settings.weights = {channels};
  settings.gamma = parameters.flag("scale") ? "gamma" : nullptr;
  settings.beta = parameters.flag("center");
  return std::make_unique<RowNormalization>(std::move(settings));
}

}  // namespace gemsbok::core
