#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "../activations/activation.h"

namespace gemsbok::core {

struct VariableShape {
  const char* name;
  std::vector<std::size_t> shape;
};

// The part of a layer's buffers that belongs to some consecutive samples of a batch.
struct LayerTile {
  std::size_t samples;
  const float* x;  // [samples, input_size]
  float* z;        // [samples, output_size] pre-activation; may be y
  float* y;        // [samples, output_size]
};

struct LayerGradients {
  float* grad;    // [samples, output_size] by y; becomes the gradient by z
  float* grad_x;  // [samples, input_size], or null where nobody asks for it
};

// A layer works on views. A forward or backward call touches nothing but its tile; the gradient of the parameters is
// cut into tasks that own disjoint parts of it, so that nothing is reduced across threads.
class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::size_t input_size() const = 0;   // per sample
  virtual std::size_t output_size() const = 0;  // per sample
  virtual std::size_t output_columns() const = 0;
  virtual std::vector<VariableShape> variables() const = 0;
  // Whether backward needs z beside y.
  virtual bool keeps_z() const = 0;
  // Floating-point operations of one sample's forward pass: tiles are cut by it.
  virtual std::size_t flops() const = 0;
  // Samples of a tile below which the layer loses speed.
  virtual std::size_t least_tile() const = 0;

  // `parameters[v]` is the variable v. Without activation, y = z, the logits.
  virtual void forward(const float* const* parameters, const LayerTile& tile, bool activate) const = 0;
  // Without activation, `grad` is by z already.
  virtual void backward(const float* const* parameters, const LayerTile& tile, const LayerGradients& gradients,
                        bool activated) const = 0;
  virtual std::size_t gradient_tasks(std::size_t samples) const = 0;
  // Task of the parameters' gradient over the whole batch; grad_z is what backward left.
  virtual void gradient_task(std::size_t task, std::size_t samples, const float* x, const float* grad_z,
                             float* const* gradients) const = 0;
};

// The values of a layer's parameters as JavaScript names them.
class LayerParameters {
 public:
  virtual ~LayerParameters() = default;
  virtual std::size_t size(const char* name) const = 0;
  virtual bool flag(const char* name) const = 0;
};

struct LayerRun {
  std::unique_ptr<Layer> (*make)(const LayerParameters& parameters, Bound<ActivationRun> activation);
};

Registry<LayerRun> layers();

}  // namespace gemsbok::core
