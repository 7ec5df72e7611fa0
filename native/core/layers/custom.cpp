#include "custom.h"

#include "../error.h"

namespace gemsbok::core {
namespace {

std::vector<std::size_t> to_sizes(const std::vector<double>& numbers) {
  std::vector<std::size_t> sizes;
  for (const double number : numbers) {
    require(number >= 0 && number <= 1e15, Code::kOutOfRange, "a size is no size");
    sizes.push_back(static_cast<std::size_t>(number));
  }
  return sizes;
}

}  // namespace

Custom::Custom(std::vector<std::size_t> input_sizes, std::size_t size, std::vector<VariableShape> variables)
    : input_sizes_(std::move(input_sizes)), size_(size), variables_(std::move(variables)) {
  require(size_ > 0, Code::kInvalidArg, "a layer's output is empty");
}

std::unique_ptr<Layer> Custom::make(const LayerParameters& parameters) {
  const std::vector<std::size_t> numbers = to_sizes(parameters.list("variables"));
  std::vector<VariableShape> variables;
  for (std::size_t at = 0; at < numbers.size();) {
    require(numbers.size() - at >= 2 && numbers[at + 1] <= numbers.size() - at - 2, Code::kInvalidArg,
            "a variable lacks a part of its shape");
    const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(at) + 2;
    const auto last = first + static_cast<std::ptrdiff_t>(numbers[at + 1]);
    variables.push_back({"weight", {first, last}, numbers[at] != 0});
    at += 2 + numbers[at + 1];
  }
  return std::make_unique<Custom>(to_sizes(parameters.list("input_sizes")), parameters.size("size"),
                                  std::move(variables));
}

void Custom::forward(const LayerTile&) const { throw Error(Code::kInvalidArg, "the caller computes this layer"); }

void Custom::backward(const LayerTile&, const LayerGradients&) const {
  throw Error(Code::kInvalidArg, "the caller computes this layer");
}

}  // namespace gemsbok::core
