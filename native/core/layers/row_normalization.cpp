#include "row_normalization.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

// Adds value(row of all samples, place in the batch) of each element to the sum of its weight, for some of the weights.
template <class Value>
void sum_by_weight(const Rows& view, std::size_t samples, const Columns& part, double* sums, const Value& value) {
  const std::size_t weights_of_row = (view.columns - 1) / view.run + 1;
  for (std::size_t i = 0; i < samples * view.rows; ++i) {
    const std::size_t row = i % view.rows, sample = i / view.rows * view.size(), first = row * view.row_weights;
    const std::size_t last = std::min(part.last, first + weights_of_row);
    for (std::size_t w = std::max(part.first, first); w < last; ++w) {
      for (std::size_t c = (w - first) * view.run; c < (w - first + 1) * view.run; ++c) {
        sums[w - part.first] += static_cast<double>(value(i, sample + view.at(row, c)));
      }
    }
  }
}

}  // namespace

RowNormalization::RowNormalization(Settings settings) : settings_(std::move(settings)), weights_(0) {
  const std::size_t size = elements({settings_.rows, settings_.columns});
  require((settings_.offsets.empty() || settings_.offsets.size() == size) && settings_.run > 0, Code::kShapeMismatch,
          "a normalization's rows do not fill its input");
  if (settings_.gamma == nullptr && !settings_.beta) return;
  weights_ = elements(settings_.weights);
  require((settings_.rows - 1) * settings_.row_weights + (settings_.columns - 1) / settings_.run + 1 == weights_,
          Code::kShapeMismatch, "a normalization's weights do not fit its input");
}

// Offsets of the others' elements first, in order, then along those axes.
RowNormalization::Settings RowNormalization::along_axes(const LayerParameters& parameters, RowScale scale) {
  const Shape shape = shape_of(parameters, "shape"), axes = shape_of(parameters, "axes");
  require(!axes.empty() && std::is_sorted(axes.begin(), axes.end()) && axes.back() <= shape.size(), Code::kInvalidArg,
          "a normalization's axes are not ascending axes of its input");
  Shape order;
  for (std::size_t axis = 1; axis <= shape.size(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) order.push_back(axis - 1);
  }
  Settings settings = {};
  settings.scale = scale;
  settings.epsilon = parameters.number("epsilon");
  settings.rows = settings.columns = settings.run = 1;
  for (const std::size_t axis : order) settings.rows *= shape[axis];
  for (const std::size_t axis : axes) {
    settings.columns *= shape[axis - 1];
    order.push_back(axis - 1);
  }
  settings.offsets = permuted_offsets(shape, order);
  return settings;
}

Rows RowNormalization::view() const {
  return {settings_.rows, settings_.columns, settings_.offsets.empty() ? nullptr : settings_.offsets.data(),
          settings_.row_weights, settings_.run};
}

std::vector<VariableShape> RowNormalization::variables() const {
  std::vector<VariableShape> variables;
  if (settings_.gamma != nullptr) variables.push_back({settings_.gamma, settings_.weights});
  if (settings_.beta) variables.push_back({"beta", settings_.weights});
  return variables;
}

void RowNormalization::forward(const LayerTile& tile) const {
  const float* betas = settings_.beta ? tile.variables[beta()] : nullptr;
  normalize_rows(norm(), {tile.samples, tile.x[0], gamma(tile), betas, tile.kept, tile.y});
}

void RowNormalization::backward(const LayerTile& tile, const LayerGradients& gradients) const {
  if (gradients.grad_x[0] == nullptr) return;
  normalize_rows_gradient(norm(),
                          {tile.samples, tile.x[0], gamma(tile), gradients.grad, tile.kept, gradients.grad_x[0]});
}

std::size_t RowNormalization::gradient_tasks(std::size_t batch) const {
  return weights_ == 0 ? 0 : column_tasks(weights_, batch * size() / weights_);
}

void RowNormalization::gradient_task(std::size_t task, const LayerTile& batch, const float* grad,
                                     float* const* gradients, bool add) const {
  const Rows view = this->view();
  const Columns part = columns_of_task(task, weights_, batch.samples * size() / weights_);
  if (settings_.gamma != nullptr) {
    const float *x = batch.x[0], *kept = batch.kept;
    write_sums(part, gradients[0], add, [&](const Columns& weights, double* sums) {
      sum_by_weight(view, batch.samples, weights, sums, [=](std::size_t row, std::size_t at) {
        return grad[at] * ((x[at] - kept[2 * row]) * kept[2 * row + 1]);
      });
    });
  }
  if (settings_.beta) {
    write_sums(part, gradients[beta()], add, [&](const Columns& weights, double* sums) {
      sum_by_weight(view, batch.samples, weights, sums, [=](std::size_t, std::size_t at) { return grad[at]; });
    });
  }
}

}  // namespace gemsbok::core
