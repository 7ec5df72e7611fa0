#include "activation.h"
#include "activity_regularization.h"
#include "affine.h"
#include "batch_normalization.h"
#include "concatenate.h"
#include "custom.h"
#include "dense.h"
#include "dot.h"
#include "embedding.h"
#include "encoding.h"
#include "identity.h"
#include "masking.h"
#include "merge.h"
#include "noise.h"
#include "normalization.h"
#include "prelu.h"
#include "rearrangement.h"
#include "row_normalization.h"

namespace gemsbok::core {
namespace {

constexpr Entry<LayerRun> kLayers[] = {
    {"activation", {"size", "columns", "activation"}, {Activation::make}},
    {"activity_regularization", {"size", "l1", "l2"}, {ActivityRegularization::make}},
    {"adapted_normalization", {"shape", "weights", "kept", "invert", "epsilon"}, {AdaptedNormalization::make}},
    {"add", {"inputs", "shapes"}, {make_add}},
    {"alpha_dropout", {"shape", "noise_shape", "shared", "rate", "seed"}, {make_alpha_dropout}},
    {"average", {"inputs", "shapes"}, {make_average}},
    {"batch_normalization",
     {"outer", "channels", "inner", "mask_columns", "mask_epsilon", "momentum", "epsilon", "center", "scale", "frozen",
      "synchronized"},
     {BatchNormalization::make}},
    {"category_encoding", {"rows", "columns", "num_tokens", "count"}, {make_category_encoding}},
    {"concatenate", {"outer", "sizes"}, {Concatenate::make}},
    {"custom", {"input_sizes", "size", "variables"}, {Custom::make}},
    {"dense", {"rows_per_sample", "in_dim", "units", "use_bias"}, {Dense::make}},
    {"discretization", {"rows", "columns", "boundaries", "codes", "count"}, {make_discretization}},
    {"dot",
     {"first_outer", "size", "first_inner", "second_outer", "second_inner", "normalize", "epsilon"},
     {Dot::make}},
    {"dropout", {"shape", "noise_shape", "shared", "rate", "seed"}, {make_dropout}},
    {"embedding", {"size", "input_dim", "output_dim"}, {Embedding::make}},
    {"gaussian_dropout", {"size", "rate", "seed"}, {make_gaussian_dropout}},
    {"gaussian_noise", {"size", "stddev", "seed"}, {make_gaussian_noise}},
    {"group_normalization",
     {"outer", "channels", "inner", "groups", "epsilon", "center", "scale"},
     {make_group_normalization}},
    {"identity", {"size"}, {Identity::make}},
    {"layer_normalization", {"shape", "axes", "weights", "epsilon", "center", "scale"}, {make_layer_normalization}},
    {"mask", {"steps", "features", "mask_value"}, {Mask::make}},
    {"mask_fill", {"steps", "features", "value"}, {MaskFill::make}},
    {"maximum", {"inputs", "shapes"}, {make_maximum}},
    {"minimum", {"inputs", "shapes"}, {make_minimum}},
    {"multiply", {"inputs", "shapes"}, {make_multiply}},
    {"normalization", {"size", "mean", "variance", "invert", "epsilon"}, {make_normalization}},
    {"permute", {"shape", "dims"}, {make_permute}},
    {"prelu", {"shape", "alpha_shape"}, {PRelu::make}},
    {"repeat_vector", {"size", "n"}, {make_repeat_vector}},
    {"rescaling", {"size", "scale", "offset"}, {make_rescaling}},
    {"rms_normalization", {"shape", "axes", "weights", "epsilon"}, {make_rms_normalization}},
    {"subtract", {"inputs", "shapes"}, {make_subtract}},
    {"unit_normalization", {"shape", "axes", "epsilon"}, {make_unit_normalization}},
};

}  // namespace

Registry<LayerRun> layers() { return Registry<LayerRun>::of(kLayers); }

}  // namespace gemsbok::core
