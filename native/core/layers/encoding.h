#pragma once

#include "layer.h"

namespace gemsbok::core {

// Which codes the numbers of a row have: the codes themselves, or one row of `codes` numbers that tells which occur, or
// how often. Of a category, what is not a code tells nothing, until the pass refuses it. Nothing flows back.
class Encoding final : public Layer {
 public:
  struct Settings {
    std::size_t rows, columns;  // of a sample
    std::size_t codes;          // 0: the codes themselves
    bool count;
    std::vector<float> boundaries;  // ascending; a number's code is how many of them it reaches. Empty: it is its code
  };
  explicit Encoding(Settings settings);

  std::size_t inputs() const override { return 1; }
  std::size_t input_size(std::size_t) const override { return settings_.rows * settings_.columns; }
  std::size_t output_size() const override;
  std::size_t flops() const override { return 8 * input_size(0) + output_size(); }

  std::size_t index_limit() const override { return settings_.boundaries.empty() ? settings_.codes : 0; }

  void forward(const LayerTile& tile) const override;
  void backward(const LayerTile& tile, const LayerGradients& gradients) const override;

 private:
  float code_of(float x) const;

  Settings settings_;
};

// Each in the file of its name. parameters: rows, columns, num_tokens, count
std::unique_ptr<Layer> make_category_encoding(const LayerParameters& parameters);
// parameters: rows, columns, boundaries, codes (0, or one more than boundaries), count
std::unique_ptr<Layer> make_discretization(const LayerParameters& parameters);

}  // namespace gemsbok::core
