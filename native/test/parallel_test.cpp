#include <doctest/doctest.h>

#include <numeric>
#include <shared_mutex>

#include "scheduler.h"

namespace gemsbok::core {

TEST_CASE("every task of a phase runs once, whatever the number of threads") {
  for (const std::size_t threads : {1, 2, 3, 8}) {
    Scheduler scheduler(threads);
    const auto team = scheduler.borrow();
    for (const std::size_t tasks : {0, 1, 2, 7, 64}) {
      std::vector<int> runs(tasks);
      std::atomic<bool> outside{false};
      for (int phase = 0; phase < 200; ++phase) {
        team.run(tasks, [&](std::size_t task, std::size_t worker) {
          ++runs[task];
          if (worker >= threads) outside.store(true);
        });
      }
      CHECK(std::accumulate(runs.begin(), runs.end(), 0) == 200 * static_cast<int>(tasks));
      for (const int count : runs) CHECK(count == 200);
      CHECK_FALSE(outside.load());
    }
  }
}

TEST_CASE("a phase sees what the one before wrote") {
  Scheduler scheduler(3);
  const auto team = scheduler.borrow();
  std::vector<std::size_t> values(100, 0);
  for (std::size_t phase = 0; phase < 500; ++phase) {
    bool stale = false;
    team.run(values.size(), [&](std::size_t task, std::size_t) {
      if (values[(task + 1) % values.size()] > phase + 1) stale = true;
    });
    team.run(values.size(), [&](std::size_t task, std::size_t) { ++values[task]; });
    REQUIRE_FALSE(stale);
  }
  for (const std::size_t value : values) CHECK(value == 500);
}

TEST_CASE("a pool lends its team to one run at a time") {
  Scheduler scheduler(2);
  const auto first = scheduler.borrow();
  CHECK(first.threads() == 2);
  const auto second = scheduler.borrow();
  CHECK(second.threads() == 1);
  std::size_t sum = 0;
  second.run(10, [&](std::size_t task, std::size_t) { sum += task; });
  CHECK(sum == 45);
}

TEST_CASE("a writer is alone, and neither side starves the other") {
  FairSharedMutex mutex;
  std::int64_t value = 0, copy = 0;
  std::atomic<bool> stop{false}, torn{false};
  std::atomic<int> reads{0};
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&] {
      while (!stop.load()) {
        const std::shared_lock lock(mutex);
        if (value != copy) torn.store(true);
        reads.fetch_add(1);
      }
    });
  }
  // The writer locks again at once: without turns the readers would hardly come in.
  do {
    const std::lock_guard lock(mutex);
    ++value;
    ++copy;
  } while (reads.load() < 1000);
  stop.store(true);
  for (auto& reader : readers) reader.join();
  CHECK_FALSE(torn.load());
  CHECK(value > 0);
}

TEST_CASE("a reader that does not wait comes in beside others, and not where somebody writes or waits to") {
  FairSharedMutex mutex;
  CHECK(mutex.try_lock_shared());
  CHECK(mutex.try_lock_shared());
  std::thread writer([&] { const std::lock_guard lock(mutex); });
  // Until it waits.
  while (mutex.try_lock_shared()) mutex.unlock_shared();
  mutex.unlock_shared();
  mutex.unlock_shared();
  writer.join();
  {
    const std::lock_guard lock(mutex);
    CHECK_FALSE(mutex.try_lock_shared());
  }
  CHECK(mutex.try_lock_shared());
  mutex.unlock_shared();
}

TEST_CASE("there is at least one thread") { CHECK(available_threads() >= 1); }

}  // namespace gemsbok::core
