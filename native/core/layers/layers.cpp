#include "activation.h"
#include "dense.h"

namespace gemsbok::core {
namespace {

constexpr Entry<LayerRun> kLayers[] = {
    {"activation", {"size", "columns", "activation"}, {Activation::make}},
    {"dense", {"rows_per_sample", "in_dim", "units", "use_bias"}, {Dense::make}},
};

}  // namespace

Registry<LayerRun> layers() { return Registry<LayerRun>::of(kLayers); }

}  // namespace gemsbok::core
