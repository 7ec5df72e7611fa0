#include "passes.h"

#include <algorithm>
#include <array>

#include "layers/custom.h"

namespace gemsbok::core {
namespace {

// A node's view of some samples.
class NodeTile {
 public:
  NodeTile(const Pass& pass, std::size_t node, std::size_t offset, std::size_t samples, double* penalty) {
    const Graph& graph = pass.model.graph();
    const Layer& layer = graph.layer_of(node);
    const auto& [owner, inputs] = graph.nodes()[node];
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const float* data = inputs[i] < graph.input_count() ? pass.input_in_data(inputs[i]) : nullptr;
      x_[i] = (data == nullptr ? pass.workspace.value(inputs[i]) : data) + offset * layer.input_size(i);
      float* grad = pass.workspace.input_grad(node, i);
      grad_x_[i] = grad == nullptr ? nullptr : grad + offset * layer.input_size(i);
    }
    float* kept = pass.workspace.kept(node);
    const std::size_t output = graph.output_of(node);
    tile_ = {offset,
             samples,
             pass.batch,
             pass.layer_variables(owner),
             pass.prepared.of(owner),
             x_.data(),
             pass.workspace.value(output) + offset * layer.output_size(),
             kept == nullptr ? nullptr : kept + offset * layer.kept_size(),
             pass.key,
             node,
             penalty,
             nullptr,
             pass.workspace.statistics(node),
             pass.communicator};
    if (pass.key.training && pass.model.is_frozen(owner)) tile_.key.training = false;
    const float* grad = pass.workspace.grad(output);
    gradients_ = {grad == nullptr ? nullptr : grad + offset * layer.output_size(), grad_x_.data(), pass.loss_scale};
  }

  const LayerTile& tile() const { return tile_; }
  const LayerGradients& gradients() const { return gradients_; }

 private:
  std::array<const float*, Layer::kMostInputs> x_;
  std::array<float*, Layer::kMostInputs> grad_x_;
  LayerTile tile_;
  LayerGradients gradients_;
};

// The activation after the logits computes what only metrics read.
bool is_needed(const Pass& pass, std::size_t node) {
  if (!pass.evaluates) return true;
  const Graph& graph = pass.model.graph();
  const auto& outputs = graph.outputs();
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const OutputObjective& objective = pass.model.objective().outputs[o];
    if (outputs[o] == graph.output_of(node) && objective.on_logits) {
      return !objective.metrics.empty() || objective.custom_metrics || !graph.tensors()[outputs[o]].consumers.empty();
    }
  }
  return true;
}

// Notes what the node, which takes indices, cannot take.
void check_indices(const Pass& pass, std::size_t node, const LayerTile& tile, const BatchRows& rows) {
  const Layer& layer = pass.model.graph().layer_of(node);
  if (layer.index_limit() == 0) return;
  const std::size_t columns = layer.input_size(0), count = tile.samples * columns;
  const std::size_t bad = find_bad_index(tile.x[0], count, layer.index_limit());
  if (bad == count) return;
  const std::size_t row = rows.first + tile.first + bad / columns;
  pass.bad_indices->note({rows.order == nullptr ? row : rows.order[row], node, bad % columns, tile.x[0][bad]});
}

void backward(const Pass& pass, const Range& range) {
  const Graph& graph = pass.model.graph();
  for (std::size_t n = range.last_node; n-- > range.first_node;) {
    if (!pass.workspace.is_live(n)) continue;
    pass.workspace.join_grads(pass.model, graph.output_of(n), range.offset, range.samples);
    const NodeTile node(pass, n, range.offset, range.samples, nullptr);
    graph.layer_of(n).backward(node.tile(), node.gradients());
  }
}

// A step: segments forward, losses, segments backward, gradients of the variables.
class TrainingPass {
 public:
  TrainingPass(const Pass& pass, Batch& batch, const TeamPool::Lease& team)
      : pass_(pass), batch_(batch), team_(team), segments_(pass.model.training_segments()) {}

  void run(const Dataset& data, const BatchRows& rows) {
    begin(data, rows);
    if (batch_.samples() == 0) {
      run_without_rows();
      return;
    }
    const bool at_once = !segments_.back().whole_batch && !pass_.model.objective().whole_batch();
    // Forward, losses and backward while a tile is in the cache, where nothing needs the whole batch.
    if (at_once) {
      count();
      each_tile([&](std::size_t tile, const Samples& samples) {
        forward_tile(segments_.back(), samples);
        batch_.evaluate(pass_.model, pass_.workspace, tile, samples.first, true);
        backward(pass_, range_of(segments_.back(), samples));
      });
    } else {
      run_forward(segments_.back());
      count();
      evaluate(true);
      run_backward(segments_.back());
    }
    finish();
  }

  Stop run_forward(const Dataset& data, const BatchRows& rows, Stop stopped) {
    data_ = &data;
    rows_ = &rows;
    if (!stopped.has_value()) batch_.load(data, rows);
    for (std::size_t s = stopped.has_value() ? *stopped + 1 : 0; s < segments_.size(); ++s) {
      if (is_custom(segments_[s])) return s;
      run_forward(segments_[s]);
    }
    count();
    evaluate(pass_.workspace.has_gradients());
    return {};
  }

  Stop run_backward(const OutputGradients& gradients, Stop stopped) {
    if (!stopped.has_value()) set_output_gradients(gradients);
    for (std::size_t s = stopped.value_or(segments_.size()); s-- > 0;) {
      const Segment& segment = segments_[s];
      if (!is_custom(segment)) {
        run_backward(segment);
      } else if (pass_.workspace.is_live(segment.first)) {
        pass_.workspace.join_grads(pass_.model, pass_.model.graph().output_of(segment.first), 0, batch_.samples());
        return s;
      }
    }
    // In inference the gradients are those by the inputs alone.
    if (pass_.key.training) run_gradients();
    return {};
  }

 private:
  struct Samples {
    std::size_t first, count;
  };

  // Other processes have rows, and wait for this one where they exchange something.
  void run_without_rows() {
    if (segments_.back().whole_batch) run_forward(segments_.back());
    count();
    for (std::size_t s = segments_.size(); s-- > 0;) run_backward(segments_[s]);
    std::fill_n(pass_.model.gradients(), pass_.model.arena_size(), 0.0F);
  }

  bool is_custom(const Segment& segment) const {
    return segment.whole_batch && core::is_custom(pass_.model.graph().layer_of(segment.first));
  }

  void set_output_gradients(const OutputGradients& gradients) {
    const auto& outputs = pass_.model.objective().outputs;
    auto gradient = gradients.begin();
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      if (!outputs[o].has_custom_loss()) continue;
      const std::vector<float>& own = *gradient++;
      // Zeros, which are there, even of what is not finite.
      if (outputs[o].loss_weight == 0) continue;
      const auto factor = static_cast<float>(outputs[o].loss_weight * batch_.loss_scale());
      std::transform(own.begin(), own.end(), pass_.workspace.output_grad(o), [=](float x) { return factor * x; });
    }
  }

  static Range range_of(const Segment& segment, const Samples& samples) {
    return {segment.first, segment.last, samples.first, samples.count};
  }

  template <class Work>
  void each_tile(const Work& work) {
    const std::size_t size = pass_.model.tile_samples();
    team_.run((batch_.samples() + size - 1) / size, [&](std::size_t tile, std::size_t) {
      work(tile, Samples{tile * size, std::min(size, batch_.samples() - tile * size)});
    });
  }

  void forward_tile(const Segment& segment, const Samples& samples) {
    if (&segment == &segments_.front()) gather_inputs(pass_, *data_, *rows_, samples.first, samples.count);
    forward(pass_, range_of(segment, samples), *rows_, batch_.layer_penalty(samples.first));
  }

  // All segments but the last one.
  void begin(const Dataset& data, const BatchRows& rows) {
    data_ = &data;
    rows_ = &rows;
    batch_.load(data, rows);
    for (const Segment& segment : segments_) {
      if (&segment != &segments_.back()) run_forward(segment);
    }
  }

  void finish() {
    for (std::size_t s = segments_.size() - 1; s-- > 0;) run_backward(segments_[s]);
    run_gradients();
  }

  // What divides the losses is known before any of them is computed.
  void count() {
    batch_.count(pass_.model, pass_.workspace);
    if (pass_.communicator != nullptr) batch_.allreduce_counts(*pass_.communicator);
    batch_.weigh(pass_.model, pass_.workspace);
  }

  void evaluate(bool training) {
    team_.run(batch_.tiles(), [&](std::size_t tile, std::size_t) {
      batch_.evaluate(pass_.model, pass_.workspace, tile, tile * batch_.tile(), training);
    });
  }

  void run_forward(const Segment& segment) {
    if (!segment.whole_batch || !pass_.key.training) {
      each_tile([&](std::size_t, const Samples& samples) { forward_tile(segment, samples); });
      return;
    }
    const NodeTile node(pass_, segment.first, 0, batch_.samples(), batch_.layer_penalty(0));
    const std::size_t layer = pass_.model.graph().nodes()[segment.first].layer;
    pass_.model.graph().layer_of(segment.first).forward_batch(node.tile(), pass_.layer_variables(layer), team_);
  }

  void run_backward(const Segment& segment) {
    if (!segment.whole_batch || !pass_.key.training) {
      each_tile([&](std::size_t, const Samples& samples) { backward(pass_, range_of(segment, samples)); });
      return;
    }
    const std::size_t n = segment.first;
    if (!pass_.workspace.is_live(n)) return;
    pass_.workspace.join_grads(pass_.model, pass_.model.graph().output_of(n), 0, batch_.samples());
    const NodeTile node(pass_, n, 0, batch_.samples(), nullptr);
    pass_.model.graph().layer_of(n).backward_batch(node.tile(), node.gradients(), team_);
  }

  // The gradients of all variables: each task owns its part of one layer's. A layer that is used again adds to them in
  // a phase of its own.
  void run_gradients() {
    const Graph& graph = pass_.model.graph();
    for (std::size_t use = 0; use < pass_.workspace.most_uses(); ++use) {
      const auto tasks_of = [&](std::size_t n) -> std::size_t {
        return pass_.workspace.use_of(n) == use ? graph.layer_of(n).gradient_tasks(batch_.samples()) : 0;
      };
      std::size_t tasks = 0;
      for (std::size_t n = 0; n < graph.nodes().size(); ++n) tasks += tasks_of(n);
      team_.run(tasks, [&](std::size_t task, std::size_t) {
        std::size_t n = 0;
        while (task >= tasks_of(n)) task -= tasks_of(n++);
        const NodeTile node(pass_, n, 0, batch_.samples(), nullptr);
        LayerTile tile = node.tile();
        tile.scratch = pass_.workspace.gradient_scratch(n);
        graph.layer_of(n).gradient_task(task, tile, node.gradients().grad,
                                        pass_.model.layer_gradients(graph.nodes()[n].layer), use > 0);
      });
    }
  }

  const Pass& pass_;
  Batch& batch_;
  const TeamPool::Lease& team_;
  const std::vector<Segment>& segments_;
  const Dataset* data_ = nullptr;
  const BatchRows* rows_ = nullptr;
};

}  // namespace

void forward(const Pass& pass, const Range& range, const BatchRows& rows, double* penalty) {
  for (std::size_t n = range.first_node; n < range.last_node; ++n) {
    if (!is_needed(pass, n)) continue;
    const NodeTile node(pass, n, range.offset, range.samples, penalty);
    check_indices(pass, n, node.tile(), rows);
    pass.model.graph().layer_of(n).forward(node.tile());
  }
}

void gather_inputs(const Pass& pass, const Dataset& data, const BatchRows& rows, std::size_t offset,
                   std::size_t samples) {
  for (std::size_t i = 0; i < data.inputs.size(); ++i) {
    if (pass.input_in_data(i) != nullptr) continue;
    gather(data.inputs[i], rows.order, rows.first + offset, samples,
           pass.workspace.value(i) + offset * data.inputs[i].columns);
  }
}

void forward_backward(const Pass& pass, const Dataset& data, const BatchRows& rows, Batch& batch,
                      const TeamPool::Lease& team) {
  require_native(pass.model.graph());
  TrainingPass(pass, batch, team).run(data, rows);
}

Stop forward_batch(const Pass& pass, const Dataset& data, const BatchRows& rows, Batch& batch,
                   const TeamPool::Lease& team, Stop stopped) {
  return TrainingPass(pass, batch, team).run_forward(data, rows, stopped);
}

Stop backward_batch(const Pass& pass, const OutputGradients& gradients, Batch& batch, const TeamPool::Lease& team,
                    Stop stopped) {
  return TrainingPass(pass, batch, team).run_backward(gradients, stopped);
}

void require_native(const Graph& graph) {
  const bool is_native =
      std::none_of(graph.layers().begin(), graph.layers().end(), [](const auto& layer) { return is_custom(*layer); });
  require(is_native, Code::kInvalidArg, "the caller computes layers of this model");
}

void penalize(const Pass& pass, Batch& batch, bool training, double further) {
  const double own = pass.model.penalize(pass.values(), batch.loss_scale(), training, pass.workspace.penalty_scratch());
  batch.set_penalty(own + further);
}

}  // namespace gemsbok::core
