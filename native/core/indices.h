#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "dataset.h"
#include "model.h"
#include "scheduler.h"

namespace gemsbok::core {

// A number that came to a layer as an index, and is none.
struct BadIndex {
  std::size_t row;     // of the data
  std::size_t node;    // of the graph
  std::size_t column;  // of what comes to the node
  float value;
};

// Of those that the threads of one piece of work meet, the first one by its row.
class BadIndices {
 public:
  void note(const BadIndex& found);
  bool any() const { return first_.has_value(); }
  // Throws what was noted, if anything was, as an error that names it to the caller.
  void raise(const Model& model, const Dataset& data) const;

 private:
  std::mutex mutex_;
  std::optional<BadIndex> first_;
};

// The first of `count` numbers that is not an integer from 0 below `limit`; `count` where all are.
std::size_t find_bad_index(const float* values, std::size_t count, std::size_t limit);

// For each input the layer that takes it as indices; none where no layer does.
std::vector<std::optional<std::size_t>> index_layers(const Graph& graph);

// Looks through the inputs of a model that come to a layer as indices, turn by turn, before anything is computed of
// them.
class IndexCheck {
 public:
  IndexCheck(std::shared_ptr<const Model> model, Dataset data) : model_(std::move(model)), data_(std::move(data)) {}

  // Whether it has ended; throws what it finds.
  bool work(const Turn& turn);
  bool is_cancelled() const { return cancelled_; }

 private:
  std::shared_ptr<const Model> model_;
  Dataset data_;
  std::size_t done_ = 0;  // rows
  bool cancelled_ = false;
};

}  // namespace gemsbok::core
