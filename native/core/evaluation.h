#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "passes.h"
#include "scheduler.h"

namespace gemsbok::core {

void check_inputs(const Model& model, const std::vector<Column>& inputs);
// A model whose loss the caller computes cannot be evaluated here.
void require_loss(const Model& model);

// How much work lies between two looks at the clock: more where it was fast, less where it was slow.
class Pace {
 public:
  std::size_t next(std::size_t least, std::size_t most);

 private:
  std::size_t amount_ = 0;
  Clock::time_point begin_ = {};
};

// Sums over samples, from which JavaScript reads loss and metrics.
struct Sums {
  double loss = 0;  // batch losses times batch sizes
  std::size_t samples = 0;
  std::vector<double> output_losses;        // likewise, of each output
  std::vector<std::vector<double>> states;  // of the metrics, output by output

  static Sums zero(const Model& model);
  void clear();
  void add(const Batch& batch);
  // Loss, the outputs' losses and the metrics' states, one after another.
  void append_to(std::vector<double>& values) const;
  double mean_loss() const { return mean(loss); }
  double mean_loss(std::size_t output) const { return mean(output_losses[output]); }

 private:
  double mean(double sum) const { return samples == 0 ? 0 : sum / static_cast<double>(samples); }
};

// One pass over data, turn by turn: loss and metrics of one version of the parameters.
class Evaluation {
 public:
  // Without a version that of its beginning.
  Evaluation(const Model& model, Dataset data, std::size_t batch_size, std::shared_ptr<const Version> version = {});

  // Whether it has ended.
  bool work(const Turn& turn);
  const Sums& sums() const { return sums_; }
  bool is_cancelled() const { return cancelled_; }

 private:
  void begin();
  void evaluate_batches(std::size_t count, const TeamPool::Lease& team);

  const Model& model_;
  Dataset data_;
  std::size_t batch_size_;
  Reading reading_;
  Prepared prepared_;
  std::uint64_t generation_;
  std::size_t tile_ = 0, done_ = 0;  // rows
  Pace pace_;
  Sums sums_;
  std::vector<Batch> batches_;  // that run side by side
  std::vector<Workspace> workspaces_;
  bool cancelled_ = false;
};

// The samples of a prediction, and where their outputs go, [rows, output_size] each.
struct Prediction {
  std::vector<Column> inputs;
  std::vector<std::shared_ptr<const void>> storage;
  Origin origin;
  std::vector<float*> outputs;
  std::size_t rows = 0;
  Reading reading;

  // What a predictor has done of it.
  std::size_t done = 0;
  Pace pace;
  std::vector<Workspace> workspaces;
  std::shared_ptr<const Prepared> prepared;
  bool cancelled = false;
};

// Predicts with a model. It keeps the workspace of the last time, and what layers prepared: for one row, making them
// takes as long as using them.
class Predictor {
 public:
  explicit Predictor(std::shared_ptr<const Model> model);

  // The following may be called from any number of threads.
  // Whether the prediction has ended.
  bool work(Prediction& prediction, const Turn& turn);
  // All of it, where it is short and the weights are not being written; false where nothing was done.
  bool try_now(Prediction& prediction);

 private:
  // Returns the samples of a tile.
  std::size_t check(const Prediction& prediction) const;
  // Unlocks where the values are its own.
  void predict_rows(Prediction& prediction, std::size_t end, std::size_t tile, const TeamPool::Lease& team,
                    ReadLock& lock);
  std::shared_ptr<const Prepared> prepare(const WeightIds& ids, const float* const* values);
  void make_room(std::vector<Workspace>& workspaces, std::size_t samples, std::size_t workers);
  void give_back(std::vector<Workspace> workspaces);

  std::shared_ptr<const Model> model_;
  std::size_t most_now_;  // rows
  std::mutex mutex_;
  std::optional<Workspace> spare_;
  std::shared_ptr<const Prepared> prepared_;
};

// Loss of one batch, all rows of `data`, as in training; the gradients, laid out as the arena, go to `gradients`. What
// layers learn without gradients stays as it is.
double batch_gradients(Model& model, const Dataset& data, std::uint64_t seed, float* gradients,
                       const TeamPool::Lease& team);

}  // namespace gemsbok::core
