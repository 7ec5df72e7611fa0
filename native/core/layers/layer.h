#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "../activations/activation.h"
#include "../communicator.h"
#include "../parallel.h"
#include "../registry.h"

namespace gemsbok::core {

// A variable as its layer declares it. One that is not trainable has no gradient; the layer itself writes it.
struct VariableShape {
  const char* name;
  std::vector<std::size_t> shape;
  bool trainable = true;
};

// What random numbers are keyed by, besides the node: nothing else, so that they depend neither on threads nor on how
// processes share a batch.
struct StepKey {
  bool training = false;
  std::uint64_t seed = 0;  // of the run
  std::uint64_t step = 0;  // of the run
  std::uint64_t row = 0;   // of the step's batch, that the samples here begin with
};

// Some consecutive samples of a batch, as one node of the graph sees them. All arrays are row-major.
struct LayerTile {
  std::size_t first;              // position of the first sample in its batch
  std::size_t samples;            // of this tile
  std::size_t batch;              // of the whole batch, that of all processes
  const float* const* variables;  // in the order of Layer::variables
  const float* prepared;          // what Layer::prepare made of them
  const float* const* x;          // [inputs][samples, input_size]
  float* y;                       // [samples, output_size]
  float* kept;  // [samples, kept_size]: what backward needs besides x and y; null where nothing is kept
  StepKey key;
  std::uint64_t node;                    // of the graph, part of the key
  double* penalty;                       // the layer's own addition to the loss is added here; null outside training
  std::size_t* scratch = nullptr;        // [gradient_tasks, gradient_scratch]; null outside gradient_task
  double* statistics = nullptr;          // [statistics_size]
  Communicator* communicator = nullptr;  // of the processes that have the other rows of the batch; null: there are none
};

struct LayerGradients {
  const float* grad;      // [samples, output_size], by y
  float* const* grad_x;   // [inputs][samples, input_size], written; null where not asked for
  double loss_scale = 1;  // the gradients are those of the loss times this
};

// A layer computes on views. Forward and backward of a tile touch nothing but the tile, so that tiles run side by side;
// the gradient of the variables is cut into tasks that own disjoint parts of it, so that nothing is reduced across
// threads.
class Layer {
 public:
  static constexpr std::size_t kMostInputs = 1024;

  virtual ~Layer() = default;

  virtual std::size_t inputs() const { return 1; }
  virtual std::size_t input_size(std::size_t input) const = 0;  // of one sample
  virtual std::size_t output_size() const = 0;                  // of one sample
  virtual std::vector<VariableShape> variables() const { return {}; }
  // Floats that a sample keeps from forward to backward.
  virtual std::size_t kept_size() const { return 0; }
  // Whether y may stand where x[0] does (and grad_x[0] where grad does), and whether backward reads y, x.
  virtual bool works_in_place() const { return false; }
  virtual bool backward_reads_output() const { return false; }
  // Whether something flows back to an input; where nothing does, its gradient is null.
  virtual bool has_gradient(std::size_t /*input*/) const { return true; }
  // Floating-point operations of one sample's forward pass: tiles are cut by it.
  virtual std::size_t flops() const = 0;
  // Whether forward reads no element beyond x, which may then be the caller's memory, where it lies.
  virtual bool reads_anywhere() const { return false; }
  // Samples of a tile below which the layer loses speed.
  virtual std::size_t least_tile() const { return 1; }

  // How many indices there are, where the input holds integers from 0 below that number; 0 where it may hold anything.
  virtual std::size_t index_limit() const { return 0; }
  // Whether each element of y is one of x[0], and each of x[0] is in y.
  virtual bool moves_only() const { return false; }

  // What follows from the variables alone is made once for all tiles, again when they change, and kept nowhere else.
  // It is not there for forward_batch and backward_batch.
  virtual std::size_t prepared_size() const { return 0; }  // numbers
  virtual void prepare(const float* const* /*variables*/, float* /*prepared*/) const {}

  virtual void forward(const LayerTile& tile) const = 0;
  virtual void backward(const LayerTile& tile, const LayerGradients& gradients) const = 0;

  // Tasks of the trainable variables' gradients over a whole batch, after all its tiles went backward.
  virtual std::size_t gradient_tasks(std::size_t /*batch*/) const { return 0; }
  // Numbers of room that each of these tasks asks for; a smaller batch asks for no more.
  virtual std::size_t gradient_scratch(std::size_t /*batch*/) const { return 0; }
  // `gradients[v]` belongs to variables[v]; `add` adds to what stands there, for layers that a graph uses several
  // times.
  virtual void gradient_task(std::size_t /*task*/, const LayerTile& /*batch*/, const float* /*grad*/,
                             float* const* /*gradients*/, bool /*add*/) const {}

  // In training, a layer whose rows depend on each other sees the whole batch at once and splits it itself; `states[v]`
  // are its variables again, of which it writes those that are not trainable.
  virtual bool needs_whole_batch() const { return false; }
  // Numbers of a batch that forward_batch leaves to backward_batch and gradient_task.
  virtual std::size_t statistics_size() const { return 0; }
  // Whether processes can share its batches: what it needs of other rows it then asks the communicator for.
  virtual bool shares_batches() const { return false; }
  virtual void forward_batch(const LayerTile& /*batch*/, float* const* /*states*/,
                             const TeamPool::Lease& /*team*/) const {}
  virtual void backward_batch(const LayerTile& /*batch*/, const LayerGradients& /*gradients*/,
                              const TeamPool::Lease& /*team*/) const {}
};

// The values of a layer's parameters as JavaScript names them.
class LayerParameters {
 public:
  virtual ~LayerParameters() = default;
  virtual std::size_t size(const char* name) const = 0;
  virtual double number(const char* name) const = 0;
  virtual bool flag(const char* name) const = 0;
  virtual std::vector<double> list(const char* name) const = 0;
  virtual Bound<ActivationRun> activation(const char* name) const = 0;
};

struct LayerRun {
  std::unique_ptr<Layer> (*make)(const LayerParameters& parameters);
};

Registry<LayerRun> layers();

}  // namespace gemsbok::core
