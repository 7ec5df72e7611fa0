#include "scheduler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace gemsbok::core {
namespace {

// What tasks did, in order; `wait` returns when so many have ended.
class Record {
 public:
  void add(char name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    order_.push_back(name);
  }
  void end() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++ended_;
    changed_.notify_all();
  }
  std::string wait(std::size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return ended_ >= count; });
    return order_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string order_;
  std::size_t ended_ = 0;
};

// Takes so many turns. The first one waits for a signal.
class Turns final : public Task {
 public:
  Turns(Lane lane, Record& record, char name, std::size_t turns = 1, std::atomic<bool>* gate = nullptr)
      : Task(lane), record_(record), name_(name), left_(turns), gate_(gate) {}

  bool work(const Turn& turn) override {
    if (gate_ != nullptr) gate_->wait(false);
    record_.add(name_);
    return turn.is_cancelled() || --left_ == 0;
  }
  void finish() override { record_.end(); }

 private:
  Record& record_;
  char name_;
  std::size_t left_;
  std::atomic<bool>* gate_;
};

// Waits as a step does for other processes: once, or again and again for a moment.
class Away final : public Task {
 public:
  Away(Record& record, const std::atomic<bool>& gate, bool briefly)
      : Task(Lane::kTraining), record_(record), gate_(gate), briefly_(briefly) {}

  bool work(const Turn& turn) override {
    do {
      const Waiting waiting;
      if (!briefly_) gate_.wait(false);
    } while (!gate_.load() && !turn.is_over());
    return gate_.load();
  }
  void finish() override {
    record_.add('f');
    record_.end();
  }

 private:
  Record& record_;
  const std::atomic<bool>& gate_;
  bool briefly_;
};

// Takes turns until it is told to end.
class Endless final : public Task {
 public:
  Endless(Record& record, const std::atomic<bool>& gate) : Task(Lane::kTraining), record_(record), gate_(gate) {}
  bool work(const Turn& turn) override {
    while (!gate_.load() && !turn.is_over()) std::this_thread::yield();
    return gate_.load();
  }
  void finish() override { record_.end(); }

 private:
  Record& record_;
  const std::atomic<bool>& gate_;
};

void open(std::atomic<bool>& gate) {
  gate.store(true);
  gate.notify_all();
}

}  // namespace

TEST_CASE("tasks take turns: inference first, among it what is new, and nothing starves") {
  Record record;
  std::atomic<bool> gate{false};
  Scheduler scheduler(1);
  scheduler.submit(std::make_shared<Turns>(Task::Lane::kTraining, record, 'g', 1, &gate));
  while (scheduler.has_waiting()) std::this_thread::yield();
  for (const char name : {'a', 'b'}) {
    scheduler.submit(std::make_shared<Turns>(Task::Lane::kTraining, record, name, 2));
  }
  for (const char name : {'x', 'y'}) {
    scheduler.submit(std::make_shared<Turns>(Task::Lane::kInference, record, name, 4));
  }
  open(gate);
  const std::string order = record.wait(5);
  CHECK(order.substr(0, 3) == "gxy");
  // Each fourth turn begins with another queue: the trainings are not the last.
  CHECK(order.find('a') < order.rfind('x'));
  CHECK(order.find('a') < order.find('b'));
  CHECK(std::count(order.begin(), order.end(), 'x') == 4);
  CHECK(order.size() == 13);
}

TEST_CASE("a task that waits can be withdrawn, one that runs cannot") {
  Record record;
  std::atomic<bool> gate{false};
  Scheduler scheduler(1);
  const auto runs = std::make_shared<Turns>(Task::Lane::kTraining, record, 'r', 1, &gate);
  const auto waits = std::make_shared<Turns>(Task::Lane::kTraining, record, 'w');
  scheduler.submit(runs);
  while (scheduler.has_waiting()) std::this_thread::yield();
  scheduler.submit(waits);
  CHECK(scheduler.withdraw(*waits));
  CHECK_FALSE(scheduler.withdraw(*waits));
  CHECK_FALSE(scheduler.withdraw(*runs));
  open(gate);
  scheduler.join(*runs);
  CHECK(record.wait(1) == "r");
}

TEST_CASE("what is discarded is destroyed by its threads, one object between two tasks") {
  Record record;
  std::atomic<bool> gate{false};
  const auto caller = std::this_thread::get_id();
  bool elsewhere = true;
  const auto object = [&]() -> std::shared_ptr<const void> {
    return {&record, [&](const void*) {
              elsewhere = elsewhere && std::this_thread::get_id() != caller;
              record.add('d');
              record.end();
            }};
  };
  {
    Scheduler scheduler(1);
    scheduler.submit(std::make_shared<Turns>(Task::Lane::kTraining, record, 'g', 1, &gate));
    while (scheduler.has_waiting()) std::this_thread::yield();
    for (int i = 0; i < 3; ++i) scheduler.discard(object());
    for (const char name : {'a', 'b'}) {
      scheduler.submit(std::make_shared<Turns>(Task::Lane::kTraining, record, name));
    }
    open(gate);
    CHECK(record.wait(6) == "gdadbd");
    // Idle threads do it at once.
    scheduler.discard(object());
    CHECK(record.wait(7) == "gdadbdd");
    CHECK(elsewhere);
    for (int i = 0; i < 100; ++i) scheduler.discard(object());
  }
  CHECK(record.wait(107).size() == 107);
}

TEST_CASE("no more tasks run at once than there are threads, whose number may change") {
  std::atomic<std::size_t> running{0}, most{0};
  Record record;
  class Counted final : public Task {
   public:
    Counted(std::atomic<std::size_t>& running, std::atomic<std::size_t>& most, Record& record)
        : Task(Lane::kTraining), running_(running), most_(most), record_(record) {}
    bool work(const Turn& turn) override {
      const std::size_t now = ++running_;
      std::size_t seen = most_.load();
      while (seen < now && !most_.compare_exchange_weak(seen, now)) {
      }
      std::size_t sum = 0;
      turn.team().run(7, [&](std::size_t task, std::size_t worker) {
        if (worker == 0) sum += task;
      });
      std::this_thread::yield();
      --running_;
      return true;
    }
    void finish() override { record_.end(); }

   private:
    std::atomic<std::size_t>&running_, &most_;
    Record& record_;
  };
  Scheduler scheduler(4);
  std::size_t submitted = 0;
  for (const std::size_t threads : {4, 2, 1, 3, 1, 4}) {
    scheduler.set_threads(threads);
    for (int i = 0; i < 100; ++i, ++submitted) scheduler.submit(std::make_shared<Counted>(running, most, record));
    record.wait(submitted + 1 - 50);
  }
  record.wait(submitted);
  CHECK(most.load() <= 4);
}

TEST_CASE("a task that waits for other processes leaves its place to others") {
  Record record;
  for (const bool briefly : {false, true}) {
    CAPTURE(briefly);
    std::atomic<bool> gate{false}, end{false};
    Scheduler scheduler(1);
    const std::size_t before = briefly ? 4 : 0;
    scheduler.submit(std::make_shared<Away>(record, gate, briefly));
    scheduler.submit(std::make_shared<Endless>(record, end));
    scheduler.submit(std::make_shared<Turns>(Task::Lane::kInference, record, 'p', 3));
    record.wait(before + 1);
    scheduler.submit(std::make_shared<Turns>(Task::Lane::kInference, record, 'q'));
    record.wait(before + 2);
    // What stands in gives its place back.
    open(gate);
    record.wait(before + 3);
    end.store(true);
    record.wait(before + 4);
  }
  CHECK(record.wait(0) == "pppqfpppqf");
}

}  // namespace gemsbok::core
