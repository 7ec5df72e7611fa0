#pragma once

#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include "evaluation.h"

namespace gemsbok::core {

struct NonFinite {
  std::size_t epoch, step;
  std::optional<std::size_t> node;  // the first whose output is not finite
};

struct Progress {
  std::size_t epoch = 0, step = 0;  // finished steps of that epoch
  Sums sums;
};

struct RunReport {
  std::size_t steps = 0;
  bool cancelled = false;
  std::size_t ended = 0;       // epochs
  std::vector<double> epochs;  // their sums, in one array, as there may be thousands
  Progress progress;
  std::optional<NonFinite> non_finite;
  std::optional<CustomNode> custom;             // where `finish` stopped, and `resume` continues
  double loss = 0;                              // the whole one, where `finish` was given no learning rate,
  std::optional<std::vector<float>> gradients;  // and the arena's, or those by the inputs, one after another
};

// What the caller computes between both parts of a step.
struct CallersPart {
  std::vector<double> losses;                   // of each output whose loss it computes, in their order
  std::optional<OutputGradients> grad_outputs;  // by these; none where the run does not train
  double penalty = 0;                           // of variables, whose gradients it adds itself
  std::optional<double> learning_rate;          // none where it updates the parameters itself, then calls `end`
};

// Of a layer that the caller computes.
struct CustomGradients {
  std::vector<std::vector<float>> inputs, variables;  // of what is not trainable none
};

struct RunOptions {
  std::size_t batch_size;
  bool shuffle;
  std::uint64_t seed;
  std::size_t initial_epoch;
  std::size_t steps_per_epoch = 0;       // 0: as many as the data has batches
  bool trains = true;                    // false: outputs and metrics alone, for losses that the caller computes
  bool scales_loss = true;               // false: gradients are not multiplied by the optimizer's `loss_scale_factor`
  bool explains = false;                 // true: in inference, with gradients by the inputs in place of the variables'
  Communicator* communicator = nullptr;  // of the processes that train together; null: this one is alone
};

// Where the rows that a process feeds stand in the batch of all processes.
struct Share {
  std::size_t first, samples;  // of the whole batch
};

// An output of a batch of which the caller computes loss or metrics.
struct BatchOutput {
  std::vector<float> outputs;  // [samples, output_size]
  std::vector<float> targets;  // [samples, target_size]
  std::vector<float> weights;  // one a sample, or one for each row of the outputs, or empty
  std::vector<float> mask;     // an element for each row of the outputs, or empty
};

struct BatchOutputs {
  std::size_t samples = 0;
  std::vector<BatchOutput> outputs;  // those that the caller reads
  std::optional<CustomNode> custom;  // where the pass stopped: then there are no outputs
};

// One `fit`: order, position and sums are its own, so that any cut into `run` calls gives the same bits.
//
// An epoch of fewer steps than the data has batches leaves the rest to the next one; an epoch ends where the data does,
// hence a pass over the data is a whole number of epochs, and an epoch's number tells where it begins.
class TrainingRun {
 public:
  // A run that does not train sees one version of the parameters: this one, or that of its first step.
  TrainingRun(std::shared_ptr<Model> model, Dataset data, const RunOptions& options,
              std::shared_ptr<const Version> version = {});

  std::size_t steps_in(std::size_t epoch) const;
  std::size_t arena_size() const { return model_->arena_size(); }
  Task::Lane lane() const { return options_.trains ? Task::Lane::kTraining : Task::Lane::kInference; }
  std::size_t bytes() const { return workspace_.bytes() + order_.size() * sizeof(std::uint32_t); }
  // Continues the call that the report is of; whether it has ended: after all steps, or cancelled. `rates` holds one
  // learning rate, or one for each step.
  bool run(RunReport& report, std::size_t steps, const std::vector<float>& rates, const Turn& turn);
  // A step in two parts, between which the caller computes losses and metrics. Both stop at the layers that it
  // computes: `forward` continues when it is called with the output of such a layer, `finish` by `resume`. What layers
  // learn without gradients changes with the step, in `finish`.
  BatchOutputs forward(const TeamPool::Lease& team, const std::vector<float>* output = nullptr);
  RunReport finish(CallersPart part, const TeamPool::Lease& team);
  RunReport resume(const CustomGradients& gradients, const TeamPool::Lease& team);
  // The end of a step that `finish` left to the caller. Needs the model's lock.
  RunReport end();
  // In place of the run's data, one batch of a stream: all its rows are the next step's. From the first one on,
  // `end_epoch` alone ends an epoch.
  void feed(Dataset batch);
  // Where processes share batches, what was fed is a part of one.
  void place(Share share);
  void end_epoch();
  // From any thread, at any time.
  Progress progress() const;
  // Processes that train together end a call of `run` after the same step, the next one: that any of them asked to.
  void ask_to_stop() { stop_asked_.store(true); }
  // Whether each process takes its own rows of a batch; else all compute the whole batch, which gives the same.
  bool shares_batches() const { return shares_; }
  // Continues from where another run of the same options was, whose seed was this one.
  void seek(Progress position, std::uint64_t seed);

 private:
  // One call at a time.
  class Busy {
   public:
    explicit Busy(std::atomic<bool>& busy) : busy_(busy) {
      require(!busy_.exchange(true), Code::kModelBusy, "this run is under way");
    }
    ~Busy() { busy_.store(false); }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    std::atomic<bool>& busy_;
  };

  std::size_t pass_of(std::size_t epoch) const;
  std::size_t first_batch(std::size_t epoch) const;
  Workspace::Purpose purpose() const;
  double loss_scale() const;
  void begin_step();
  void begin_epoch();
  BatchRows whole_batch() const;
  std::size_t first_row(std::size_t rank) const;
  bool is_stopped(std::size_t done, std::size_t steps, const Turn& turn) const;
  BatchRows batch_rows() const;
  Pass pass(BadIndices* bad);
  void require_same_model() const;
  void step(double learning_rate, const TeamPool::Lease& team);
  std::exception_ptr compute_gradients(BadIndices& bad, const TeamPool::Lease& team);
  BatchOutput batch_output(std::size_t output) const;
  std::vector<std::size_t> custom_loss_outputs() const;
  void set_losses(const std::vector<double>& losses);
  void check_gradients() const;
  void update(double learning_rate, const TeamPool::Lease& team);
  void sum_over_processes(bool failed);
  void require_agreed() const;
  RunReport go_backward(Stop stopped, const TeamPool::Lease& team);
  std::size_t node_of(Stop stopped) const;
  void keep_gradients(std::size_t node, const std::vector<std::vector<float>>& gradients);
  void place_gradients() const;
  RunReport close();
  void record_losses();
  void end_step(RunReport& report);
  void make_room(const Dataset& batch);
  void shuffle(std::size_t pass);
  void note_non_finite(std::size_t samples);
  void publish();

  std::shared_ptr<Model> model_;
  Dataset data_;
  RunOptions options_;
  std::uint64_t generation_;
  std::size_t batch_size_, batches_, steps_per_epoch_, epochs_per_pass_;
  Workspace workspace_;
  Prepared prepared_;
  Batch batch_;
  std::vector<std::uint32_t> order_;    // [rows]; empty where rows are taken as they stand
  std::optional<std::size_t> ordered_;  // the pass whose order it is
  Progress now_;
  bool shares_;
  Meetings meetings_;
  bool stop_agreed_ = false, failure_agreed_ = false;
  std::atomic<bool> stop_asked_{false};
  bool fed_ = false;
  Share share_ = {};
  bool forwarded_ = false;     // whether the workspace holds the batch that `finish` is for
  std::vector<float> states_;  // of the layers, after that batch, or before a step in one part
  std::uint64_t updates_ = 0;  // of its weights by anybody, before that batch
  Reading reading_;            // where it does not train
  Stop forward_stop_, backward_stop_;
  CallersPart part_;
  std::vector<std::vector<std::vector<float>>> custom_gradients_;  // [layers][variables]
  std::optional<NonFinite> non_finite_;
  std::atomic<bool> busy_{false};
  mutable std::mutex snapshot_mutex_;
  Progress snapshot_;
};

}  // namespace gemsbok::core
