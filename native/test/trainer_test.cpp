#include "trainer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/activation.h"
#include "layers/dense.h"
#include "rng.h"

namespace gemsbok::core {
namespace {

constexpr std::size_t kRows = 70, kInputs = 9, kHidden = 13, kClasses = 5;

Bound<ActivationRun> activation(const char* name) { return {&activations().get(name), {0, INFINITY, 0}}; }

std::shared_ptr<Model> make_model(const char* loss, bool on_logits, std::size_t true_columns) {
  std::vector<std::unique_ptr<Layer>> layers;
  layers.push_back(std::make_unique<Dense>(1, kInputs, kHidden, true));
  layers.push_back(std::make_unique<Activation>(kHidden, kHidden, activation("sigmoid")));
  layers.push_back(std::make_unique<Dense>(1, kHidden, kClasses, true));
  layers.push_back(std::make_unique<Activation>(kClasses, kClasses, activation(on_logits ? "softmax" : "tanh")));
  auto model =
      std::make_shared<Model>(Graph({kInputs}, std::move(layers), {{0, {0}}, {1, {1}}, {2, {2}}, {3, {3}}}, {4}));
  const Philox generator(1, 0);
  for (const auto& variable : model->variables()) {
    for (std::size_t i = 0; i < variable.size; ++i) {
      model->segments().front()->values()[variable.offset + i] =
          static_cast<float>(0.5 * generator.normal(variable.offset + i));
    }
  }
  OutputObjective output;
  output.loss = {&losses().get(loss), {1, NAN, 1e-7}};
  output.on_logits = on_logits;
  output.columns = kClasses;
  output.true_columns = true_columns;
  output.metrics = {
      {{&metrics().get(true_columns == 1 ? "sparse_categorical_accuracy" : "accuracy"), nullptr, {}}, false}};
  Objective objective;
  objective.outputs.push_back(std::move(output));
  objective.optimizer.run = {&optimizers().get("adam"), {0.9, 0.999, 1e-7, 0}};
  for (std::size_t v = 0; v < model->variables().size(); ++v) {
    objective.updated.push_back(v);
    objective.variables.push_back({model->variables()[v].shape, false, 0});
  }
  model->compile(std::move(objective));
  return model;
}

struct Arrays {
  std::vector<float> x = std::vector<float>(kRows * kInputs), y, weights = std::vector<float>(kRows);

  explicit Arrays(std::size_t true_columns) : y(kRows * true_columns) {
    const Philox generator(2, 0);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(generator.normal(i));
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(generator.below(1000 + i, kClasses));
    for (std::size_t i = 0; i < kRows; ++i) weights[i] = static_cast<float>(generator.uniform(5000 + i));
  }

  Dataset dataset() const {
    Dataset data;
    data.rows = kRows;
    data.inputs = {{x.data(), false, kInputs}};
    data.targets = {{y.data(), false, y.size() / kRows}};
    data.weights = {{weights.data(), false, 1}};
    return data;
  }
};

RunReport run_steps(TrainingRun& run, std::size_t steps, TeamPool::Lease team = {}) {
  RunReport report;
  CHECK(run.run(report, steps, {0.01F}, Turn(std::move(team))));
  return report;
}

Sums evaluate(const Model& model, const Dataset& data, std::size_t batch_size, TeamPool::Lease team = {}) {
  Evaluation evaluation(model, data, batch_size);
  CHECK(evaluation.work(Turn(std::move(team))));
  return evaluation.sums();
}

std::vector<float> train(std::size_t threads, std::size_t steps_per_call) {
  const auto model = make_model("sparse_categorical_crossentropy", true, 1);
  const Arrays arrays(1);
  TrainingRun run(model, arrays.dataset(), {16, true, 3, 0});
  Scheduler scheduler(threads);
  const std::size_t steps = 4 * run.steps_in(0);
  for (std::size_t done = 0; done < steps; done += steps_per_call) {
    const RunReport report = run_steps(run, std::min(steps_per_call, steps - done), scheduler.borrow());
    CHECK_FALSE(report.cancelled);
  }
  CHECK(run.progress().epoch == 3);
  return {model->segments().front()->values(), model->segments().front()->values() + model->arena_size()};
}

RunReport run_fed(TrainingRun& run, const Dataset& batch) {
  run.feed(batch);
  return run_steps(run, 1);
}

}  // namespace

TEST_CASE("an evaluation is of the objective that it was made for") {
  const auto model = make_model("mean_squared_error", false, 5);
  const Arrays arrays(5);
  Evaluation evaluation(*model, arrays.dataset(), 16);
  model->compile(Objective(model->objective()));
  CHECK_THROWS_AS(evaluation.work(Turn()), Error);
}

TEST_CASE("training gives the same bits for every number of threads and every cut into calls") {
  const std::vector<float> wanted = train(1, 1000);
  for (const std::size_t threads : {1, 2, 3, 8}) {
    for (const std::size_t steps : {1, 5, 7, 1000}) CHECK(train(threads, steps) == wanted);
  }
}

TEST_CASE("batches that come one by one train as those of a data set, with room for larger ones") {
  const std::vector<float> wanted = [] {
    const auto model = make_model("sparse_categorical_crossentropy", true, 1);
    const Arrays arrays(1);
    TrainingRun run(model, arrays.dataset(), {16, false, 0, 0});
    run_steps(run, 2 * run.steps_in(0));
    return std::vector<float>{model->segments().front()->values(),
                              model->segments().front()->values() + model->arena_size()};
  }();
  for (const std::size_t room : {1, 16, 70}) {
    const auto model = make_model("sparse_categorical_crossentropy", true, 1);
    const Arrays arrays(1);
    TrainingRun run(model, arrays.dataset().slice(0, room), {room, false, 0, 0});
    for (const std::size_t epoch : {0, 1}) {
      if (epoch > 0) run.end_epoch();
      for (std::size_t from = 0; from < kRows; from += 16) {
        const Dataset batch = arrays.dataset().slice(from, std::min(from + 16, kRows));
        const RunReport report = run_fed(run, batch);
        CHECK(report.progress.epoch == epoch);
        CHECK(report.progress.step == from / 16 + 1);
      }
    }
    CHECK(std::vector<float>{model->segments().front()->values(),
                             model->segments().front()->values() + model->arena_size()} == wanted);
    Dataset unweighted = arrays.dataset();
    unweighted.weights.clear();
    CHECK(run_fed(run, unweighted).progress.sums.samples == 2 * kRows);
    Dataset wrong = arrays.dataset();
    wrong.targets[0].columns = 2;
    CHECK_THROWS_AS(run_fed(run, wrong), Error);
    CHECK_THROWS_AS(run.feed(arrays.dataset().slice(0, 0)), Error);
  }
}

TEST_CASE("a pass over the data is some epochs, the last of which may be short") {
  const auto model = make_model("sparse_categorical_crossentropy", true, 1);
  const Arrays arrays(1);
  const auto train_from = [&](std::size_t begin, std::size_t end) {
    TrainingRun run(model, arrays.dataset(), {16, true, 3, begin, 2});
    std::size_t steps = 0;
    for (std::size_t epoch = begin; epoch < end; ++epoch) steps += run.steps_in(epoch);
    const RunReport report = run_steps(run, steps);
    CHECK(report.ended == end - begin);
    // The accuracy's sum and count end each epoch's part.
    const std::size_t part = report.epochs.size() / report.ended;
    std::vector<double> samples;
    for (std::size_t e = 1; e <= report.ended; ++e) samples.push_back(report.epochs[e * part - 1]);
    return samples;
  };
  // 70 rows in five batches of 16.
  CHECK(train_from(0, 6) == std::vector<double>{32, 32, 6, 32, 32, 6});
  const std::vector<float> wanted(model->segments().front()->values(),
                                  model->segments().front()->values() + model->arena_size());
  const auto other = make_model("sparse_categorical_crossentropy", true, 1);
  TrainingRun one(other, arrays.dataset(), {16, true, 3, 0, 2});
  run_steps(one, 8);
  TrainingRun two(other, arrays.dataset(), {16, true, 0, 0, 2});
  CHECK_THROWS_AS(two.seek({0, 3, Sums::zero(*other)}, 3), Error);
  CHECK_THROWS_AS(two.seek({0, 1, Sums{}}, 3), Error);
  two.seek(one.progress(), 3);
  const RunReport rest = run_steps(two, 2);
  CHECK(rest.ended == 2);
  CHECK(rest.epochs.back() == 6);
  CHECK(std::equal(wanted.begin(), wanted.end(), other->segments().front()->values()));
  TrainingRun longer(other, arrays.dataset(), {16, false, 0, 1, 9});
  CHECK(longer.steps_in(1) == 5);
  CHECK_THROWS_AS(longer.steps_in(0), Error);
}

TEST_CASE("gradients are the slopes of the loss") {
  for (const bool sparse : {true, false}) {
    const std::size_t true_columns = sparse ? 1 : kClasses;
    const auto model =
        make_model(sparse ? "sparse_categorical_crossentropy" : "mean_squared_error", sparse, true_columns);
    const Arrays arrays(true_columns);
    std::vector<float> gradients(model->arena_size()), scratch(model->arena_size());
    batch_gradients(*model, arrays.dataset(), 0, gradients.data(), {});
    const auto loss_with = [&](std::size_t at, float step) {
      float& parameter = model->segments().front()->values()[at];
      const float before = parameter;
      parameter = before + step;
      const double loss = batch_gradients(*model, arrays.dataset(), 0, scratch.data(), {});
      parameter = before;
      return loss;
    };
    for (const auto& variable : model->variables()) {
      for (std::size_t i = 0; i < variable.size; i += 5) {
        const std::size_t at = variable.offset + i;
        constexpr float kStep = 1.0F / 256;
        const double slope = (loss_with(at, kStep) - loss_with(at, -kStep)) / (2 * kStep);
        CHECK(static_cast<double>(gradients[at]) == doctest::Approx(slope).epsilon(0.02).scale(0.01));
      }
    }
  }
}

TEST_CASE("evaluating is the same for every number of threads, and the mean over batches") {
  const auto model = make_model("sparse_categorical_crossentropy", true, 1);
  const Arrays arrays(1);
  Scheduler scheduler(3);
  const Sums one = evaluate(*model, arrays.dataset(), 16);
  const Sums many = evaluate(*model, arrays.dataset(), 16, scheduler.borrow());
  CHECK(one.loss == many.loss);
  CHECK(one.states == many.states);
  CHECK(one.samples == kRows);
  const Sums whole = evaluate(*model, arrays.dataset(), kRows);
  CHECK(whole.mean_loss() == doctest::Approx(one.mean_loss()));
  CHECK(whole.states == one.states);
}

TEST_CASE("an input is read where it lies if none but products read it") {
  const auto reads_anywhere = [](std::vector<Node> nodes, std::vector<std::size_t> outputs) {
    std::vector<std::unique_ptr<Layer>> layers;
    layers.push_back(std::make_unique<Dense>(1, kInputs, kInputs, true));
    layers.push_back(std::make_unique<Activation>(kInputs, kInputs, activation("tanh")));
    return Graph({kInputs}, std::move(layers), std::move(nodes), std::move(outputs)).reads_anywhere(0);
  };
  CHECK(reads_anywhere({{0, {0}}, {1, {1}}}, {2}));
  CHECK(!reads_anywhere({{1, {0}}, {0, {1}}}, {2}));
  CHECK(!reads_anywhere({{0, {0}}, {1, {0}}}, {1, 2}));
  CHECK(!reads_anywhere({{0, {0}}}, {0, 1}));
}

TEST_CASE("predictions do not depend on how they are cut") {
  const auto model = make_model("sparse_categorical_crossentropy", true, 1);
  const Arrays arrays(1);
  const Dataset data = arrays.dataset();
  std::vector<float> whole(kRows * kClasses), row(kClasses);
  Predictor predictor(model);
  const auto predict = [&](const Dataset& some, float* outputs) {
    Prediction prediction;
    prediction.inputs = some.inputs;
    prediction.outputs = {outputs};
    prediction.rows = some.rows;
    CHECK(predictor.work(prediction, Turn()));
  };
  predict(data, whole.data());
  for (std::size_t r = 0; r < kRows; ++r) {
    predict(data.slice(r, r + 1), row.data());
    for (std::size_t c = 0; c < kClasses; ++c) CHECK(row[c] == doctest::Approx(whole[r * kClasses + c]).epsilon(1e-5));
  }
}

TEST_CASE("what is short is predicted at once, unless somebody writes the weights") {
  const auto model = make_model("sparse_categorical_crossentropy", true, 1);
  Predictor predictor(model);
  const std::vector<float> x(100'000 * kInputs, 0.5F);
  std::vector<float> now(100'000 * kClasses), later(16 * kClasses);
  const auto asked = [&](std::size_t rows, float* outputs) {
    Prediction prediction;
    prediction.inputs = {{x.data(), false, kInputs}};
    prediction.outputs = {outputs};
    prediction.rows = rows;
    return prediction;
  };
  Prediction few = asked(16, now.data()), others = asked(16, later.data()), many = asked(100'000, now.data());
  CHECK(predictor.work(others, Turn()));
  {
    const WriteLock lock(model->segments());
    CHECK_FALSE(predictor.try_now(few));
  }
  {
    const ReadLock lock(model->segments());
    CHECK(predictor.try_now(few));
  }
  CHECK(std::equal(later.begin(), later.end(), now.begin()));
  CHECK_FALSE(predictor.try_now(many));
}

TEST_CASE("many numbers are no short work, whatever becomes of them") {
  constexpr std::size_t kSize = std::size_t{1} << 20;
  std::vector<std::unique_ptr<Layer>> layers;
  layers.push_back(std::make_unique<Activation>(kSize, kSize, activation("linear")));
  const auto model = std::make_shared<Model>(Graph({kSize}, std::move(layers), {{0, {0}}}, {1}));
  const std::vector<float> x(2 * kSize, 1.0F);
  std::vector<float> outputs(2 * kSize);
  Prediction prediction;
  prediction.inputs = {{x.data(), false, kSize}};
  prediction.outputs = {outputs.data()};
  prediction.rows = 2;
  CHECK_FALSE(Predictor(model).try_now(prediction));
}

TEST_CASE("a prediction of few tiles takes more threads than it has tiles") {
  const auto model = make_model("sparse_categorical_crossentropy", true, 1);
  const std::size_t rows = model->tile_samples() + 1;
  const std::vector<float> x(rows * kInputs, 0.5F);
  Predictor predictor(model);
  Scheduler scheduler(8);
  for (std::size_t i = 0; i < 1000; ++i) {
    std::vector<float> outputs(rows * kClasses);
    Prediction prediction;
    prediction.inputs = {{x.data(), false, kInputs}};
    prediction.outputs = {outputs.data()};
    prediction.rows = rows;
    CHECK(predictor.work(prediction, Turn(scheduler.borrow())));
    CHECK(std::equal(outputs.begin(), outputs.begin() + kClasses, outputs.end() - kClasses));
  }
}

TEST_CASE("a run can be cancelled, and refuses what does not fit") {
  const auto model = make_model("sparse_categorical_crossentropy", true, 1);
  const Arrays arrays(1);
  TrainingRun run(model, arrays.dataset(), {16, false, 0, 0});
  RunReport report;
  const Scheduler scheduler(1);
  const std::atomic<bool> cancelled{true};
  CHECK(run.run(report, 10, {0.1F}, Turn({}, scheduler, cancelled)));
  CHECK(report.cancelled);
  CHECK_THROWS_AS(run.run(report, 10, {0.1F, 0.1F}, Turn()), Error);
  Dataset wrong = arrays.dataset();
  wrong.targets[0].columns = 2;
  CHECK_THROWS_AS(TrainingRun(model, wrong, {16, false, 0, 0}), Error);
  Dataset narrow = arrays.dataset();
  narrow.inputs[0].columns = kInputs - 1;
  CHECK_THROWS_AS(TrainingRun(model, narrow, {16, false, 0, 0}), Error);
}

}  // namespace gemsbok::core
