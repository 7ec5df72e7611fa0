#pragma once

#include "loss.h"

namespace gemsbok::core {

// One table a group, each in a file of its own: a table is compiled once for each instruction set.
Registry<LossRun> crossentropies();
Registry<LossRun> focal_losses();
Registry<LossRun> hinge_losses();
Registry<LossRun> overlap_losses();
Registry<LossRun> probabilistic_losses();
Registry<LossRun> regression_losses();
Registry<LossRun> similarity_losses();

}  // namespace gemsbok::core
