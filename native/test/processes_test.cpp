#include <doctest/doctest.h>

#include <barrier>
#include <cmath>
#include <thread>

#include "layer_check.h"
#include "rng.h"
#include "trainer.h"

namespace gemsbok::core {
namespace {

// Threads that stand for processes.
class Meeting {
 public:
  explicit Meeting(std::size_t size) : parts_(size), barrier_(static_cast<std::ptrdiff_t>(size)) {}
  std::size_t size() const { return parts_.size(); }

  template <class T>
  void allreduce(std::size_t rank, T* values, std::size_t count) {
    parts_[rank] = values;
    barrier_.arrive_and_wait();
    std::vector<T> sums(count);
    for (const void* part : parts_) {
      for (std::size_t i = 0; i < count; ++i) sums[i] += static_cast<const T*>(part)[i];
    }
    barrier_.arrive_and_wait();
    std::copy(sums.begin(), sums.end(), values);
  }

 private:
  std::vector<const void*> parts_;
  std::barrier<> barrier_;
};

class Member final : public Communicator {
 public:
  Member(Meeting& meeting, std::size_t rank) : meeting_(meeting), rank_(rank) {}
  std::size_t rank() const override { return rank_; }
  std::size_t size() const override { return meeting_.size(); }
  void allreduce(float* values, std::size_t count) override { meet(values, count); }
  void allreduce(double* values, std::size_t count) override { meet(values, count); }
  void broadcast(float* values, std::size_t count) override {
    if (rank_ > 0) std::fill_n(values, count, 0.0F);
    meeting_.allreduce(rank_, values, count);
  }

  // It cannot go to the meeting after so many more.
  void fail_after(std::size_t meetings) { left_ = meetings; }
  std::size_t meetings() const { return meetings_; }

 private:
  template <class T>
  void meet(T* values, std::size_t count) {
    if (left_ == 0) {
      left_.reset();
      throw std::bad_alloc();
    }
    if (left_.has_value()) --*left_;
    ++meetings_;
    meeting_.allreduce(rank_, values, count);
  }

  Meeting& meeting_;
  std::size_t rank_, meetings_ = 0;
  std::optional<std::size_t> left_;
};

// 65 rows in batches of 16: the last batch has one row, hence leaves a process without any.
constexpr std::size_t kRows = 65, kBatch = 16, kSteps = 4, kFeatures = 3, kSize = kSteps * kFeatures, kClasses = 5;

struct Case {
  const char* name;
  bool masked;
  Reduction reduction;
  bool weighted;
};

constexpr Case kCases[] = {
    {"classes, of which one is left out", false, Reduction::kSumOverBatchSize, false},
    {"weighted classes", false, Reduction::kSumOverBatchSize, true},
    {"weighted classes by their weights", false, Reduction::kMeanWithSampleWeight, true},
    {"masked steps", true, Reduction::kSumOverBatchSize, false},
    {"masked and weighted steps by their weights", true, Reduction::kMeanWithSampleWeight, true},
    {"a sum", false, Reduction::kSum, true},
};

struct Net {
  std::vector<std::unique_ptr<Layer>> layers;
  std::vector<Node> nodes;
  std::vector<std::size_t> outputs;
};

// Statistics of the whole batch are in it, and noise and a penalty of outputs, as these know where a row stands.
Net make_net(bool masked) {
  Net net;
  const double size = kSize;
  net.layers.push_back(make_layer(
      "dropout", {{"shape", {size}}, {"noise_shape", {size}}, {"shared", {0}}, {"rate", {0.3}}, {"seed", {11}}}));
  net.layers.push_back(make_layer("activity_regularization", {{"size", {size}}, {"l1", {0.01}}, {"l2", {0.02}}}));
  const double rows = masked ? kSteps : 1, columns = masked ? 2 : kClasses;
  net.layers.push_back(make_layer(
      "dense", {{"rows_per_sample", {rows}}, {"in_dim", {size / rows}}, {"units", {columns}}, {"use_bias", {1}}}));
  net.layers.push_back(
      make_layer("mask", {{"steps", {double{kSteps}}}, {"features", {double{kFeatures}}}, {"mask_value", {0}}}));
  net.layers.push_back(make_layer("batch_normalization", {{"outer", {1}},
                                                          {"channels", {size}},
                                                          {"inner", {1}},
                                                          {"mask_columns", {0}},
                                                          {"mask_epsilon", {0}},
                                                          {"momentum", {0.9}},
                                                          {"epsilon", {1e-3}},
                                                          {"center", {1}},
                                                          {"scale", {1}},
                                                          {"frozen", {0}},
                                                          {"synchronized", {1}}}));
  net.nodes = {{3, {0}}, {4, {0}}, {0, {2}}, {1, {3}}, {2, {4}}};
  net.outputs = {5};
  return net;
}

std::shared_ptr<Model> make_model(const Case& test) {
  Net net = make_net(test.masked);
  auto model =
      std::make_shared<Model>(Graph({kSize}, std::move(net.layers), std::move(net.nodes), std::move(net.outputs)));
  const Philox generator(1, 0);
  for (std::size_t i = 0; i < model->arena_size(); ++i)
    model->segments().front()->values()[i] = static_cast<float>(0.5 * generator.normal(i));
  OutputObjective output;
  output.reduction = test.reduction;
  output.columns = test.masked ? 2 : kClasses;
  output.true_columns = test.masked ? 2 : 1;
  if (test.masked) output.mask = 1;
  output.loss = {&losses().get(test.masked ? "mean_squared_error" : "sparse_categorical_crossentropy"), {1, 2, 1e-7}};
  output.loss_weight = 0.7;
  output.metrics = {
      {{&metrics().get(test.masked ? "accuracy" : "sparse_categorical_accuracy"), nullptr, {}}, true, test.masked}};
  Objective objective;
  objective.outputs.push_back(std::move(output));
  objective.optimizer.run = {&optimizers().get("sgd"), {0.9, 0}};
  objective.optimizer.options.loss_scale_factor = 4;
  objective.optimizer.options.global_clipnorm = 0.8;
  for (std::size_t v = 0; v < model->variables().size(); ++v) {
    const Variable& variable = model->variables()[v];
    if (!variable.trainable) continue;
    objective.updated.push_back(v);
    objective.variables.push_back({variable.shape, false, 0});
    objective.regularizers.push_back({{&regularizers().get("l2"), {0.3}}, v, 1, variable.size});
  }
  model->compile(std::move(objective));
  return model;
}

struct Arrays {
  std::vector<float> x = std::vector<float>(kRows * kSize), y, weights = std::vector<float>(kRows);

  explicit Arrays(const Case& test) : y(kRows * (test.masked ? kSteps * 2 : 1)) {
    const Philox generator(2, 0);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(generator.normal(i));
    for (std::size_t step = 0; step < kRows * kSteps; ++step) {
      if (generator.below(3000 + step, 3) == 0) std::fill_n(x.data() + step * kFeatures, kFeatures, 0.0F);
    }
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(generator.below(1000 + i, kClasses));
    for (std::size_t i = 0; i < kRows; ++i) weights[i] = static_cast<float>(generator.uniform(5000 + i));
  }

  Dataset dataset(bool weighted) const {
    Dataset data;
    data.rows = kRows;
    data.inputs = {{x.data(), false, kSize}};
    data.targets = {{y.data(), false, y.size() / kRows}};
    if (weighted) data.weights = {{weights.data(), false, 1}};
    return data;
  }
};

std::vector<float> parameters_of(const Model& model) {
  const float* values = model.segments().front()->values();
  return {values, values + model.arena_size()};
}

struct Trained {
  std::vector<float> parameters;
  Sums sums;
};

Trained train(const Case& test, const Arrays& arrays, Communicator* communicator) {
  const auto model = make_model(test);
  TrainingRun run(model, arrays.dataset(test.weighted), {kBatch, true, 3, 0, 0, true, true, false, communicator});
  RunReport report;
  CHECK(run.run(report, 2 * run.steps_in(0), {0.05F}, Turn()));
  CHECK_FALSE(report.non_finite.has_value());
  return {parameters_of(*model), run.progress().sums};
}

std::vector<Trained> train_together(const Case& test, const Arrays& arrays, std::size_t processes) {
  Meeting meeting(processes);
  std::vector<Trained> trained(processes);
  std::vector<std::thread> threads;
  for (std::size_t rank = 0; rank < processes; ++rank) {
    threads.emplace_back([&, rank] {
      Member member(meeting, rank);
      trained[rank] = train(test, arrays, &member);
    });
  }
  for (auto& thread : threads) thread.join();
  return trained;
}

}  // namespace

TEST_CASE("processes that share batches train as one that has them whole") {
  for (const Case& test : kCases) {
    CAPTURE(test.name);
    const Arrays arrays(test);
    const Trained alone = train(test, arrays, nullptr);
    for (const std::size_t processes : {1, 2, 3}) {
      CAPTURE(processes);
      for (const Trained& one : train_together(test, arrays, processes)) {
        double most = 0;
        for (std::size_t i = 0; i < alone.parameters.size(); ++i) {
          most = std::max(most, static_cast<double>(std::abs(one.parameters[i] - alone.parameters[i])));
        }
        CHECK(most < (processes == 1 ? 1e-30 : 1e-6));
        CHECK(one.sums.samples == kRows);
        CHECK(one.sums.loss == doctest::Approx(alone.sums.loss).epsilon(1e-6));
        CHECK(one.sums.output_losses[0] == doctest::Approx(alone.sums.output_losses[0]).epsilon(1e-6));
        for (std::size_t i = 0; i < alone.sums.states[0].size(); ++i) {
          CHECK(one.sums.states[0][i] == doctest::Approx(alone.sums.states[0][i]).epsilon(1e-6));
        }
      }
    }
  }
}

// Whichever meeting of a step it cannot go to: the step is none for all, and they train on.
TEST_CASE("what fails in one process amid a step fails in all at once") {
  for (const Case& test : kCases) {
    CAPTURE(test.name);
    const Arrays arrays(test);
    Meeting meeting(2);
    std::vector<float> trained[2];
    const auto train_one = [&](std::size_t rank) {
      Member member(meeting, rank);
      const auto model = make_model(test);
      TrainingRun run(model, arrays.dataset(test.weighted), {kBatch, true, 3, 0, 0, true, true, false, &member});
      const std::size_t steps = 2 * run.steps_in(0);
      RunReport report;
      const auto take = [&](std::size_t count) { return run.run(report, report.steps + count, {0.05F}, Turn()); };
      CHECK(take(1));
      // At the last two of a step all learn of what failed.
      const std::size_t meetings = member.meetings() - 2;
      CHECK(meetings == 3);
      for (std::size_t failing = 0; failing < meetings; ++failing) {
        if (rank == 1) {
          member.fail_after(failing);
          CHECK_THROWS_AS(take(1), std::bad_alloc);
        } else {
          CHECK_THROWS_WITH(take(1), doctest::Contains("an error in another one"));
        }
        CHECK(report.steps == 1 + failing);
        CHECK(take(1));
      }
      CHECK(take(steps - report.steps));
      trained[rank] = parameters_of(*model);
    };
    std::thread other([&] { train_one(1); });
    train_one(0);
    other.join();
    CHECK(trained[0] == train_together(test, arrays, 2)[0].parameters);
    CHECK(trained[1] == trained[0]);
  }
}

// A loss of the whole batch is computed by each process, and an asked-for stop comes after one step for all.
TEST_CASE("processes that cannot share batches train as one, and stop together") {
  const Case& test = kCases[0];
  const Arrays arrays(test);
  const auto train_some = [&](Communicator* communicator, bool asks) {
    const auto model = make_model(test);
    Objective objective = model->objective();
    objective.outputs[0].one_value = true;
    model->compile(std::move(objective));
    TrainingRun run(model, arrays.dataset(false), {kBatch, true, 3, 0, 0, true, true, false, communicator});
    CHECK_FALSE(run.shares_batches());
    if (asks) run.ask_to_stop();
    RunReport report;
    CHECK(run.run(report, communicator == nullptr ? 1 : 3, {0.05F}, Turn()));
    CHECK(report.steps == 1);
    CHECK(report.cancelled == (communicator != nullptr));
    return parameters_of(*model);
  };
  const std::vector<float> alone = train_some(nullptr, false);
  Meeting meeting(2);
  std::vector<float> trained[2];
  std::thread other([&] {
    Member member(meeting, 1);
    trained[1] = train_some(&member, true);
  });
  Member member(meeting, 0);
  trained[0] = train_some(&member, false);
  other.join();
  CHECK(trained[0] == alone);
  CHECK(trained[1] == alone);
}

}  // namespace gemsbok::core
