#include "merge.h"

#include <algorithm>

namespace gemsbok::core {
namespace {

// The inputs of one sample, each as the common shape has it.
struct Inputs {
  const float* const* x;
  const Offsets* offsets;    // of each input; empty where it has the common shape
  const std::size_t* sizes;  // of each input
  std::size_t count, sample;

  float at(std::size_t input, std::size_t element) const {
    const std::size_t place = offsets[input].empty() ? element : offsets[input][element];
    return x[input][sample * sizes[input] + place];
  }
};

// Each: Merge(a, b) of two elements, Scale(count) of the result, and Share(inputs, input, element): the derivative by
// one input but for the scale. Where that is a constant, y may stand where the first input does.
struct AddOp {
  static constexpr bool kConstantShare = true;
  static float Merge(float a, float b) { return a + b; }
  static float Scale(std::size_t) { return 1; }
  static float Share(const Inputs&, std::size_t, std::size_t) { return 1; }
};

struct AverageOp : AddOp {
  static float Scale(std::size_t count) { return 1 / static_cast<float>(count); }
};

struct SubtractOp : AddOp {
  static float Merge(float a, float b) { return a - b; }
  static float Share(const Inputs&, std::size_t input, std::size_t) { return input == 0 ? 1.0F : -1.0F; }
};

struct MultiplyOp {
  static constexpr bool kConstantShare = false;
  static float Merge(float a, float b) { return a * b; }
  static float Scale(std::size_t) { return 1; }
  static float Share(const Inputs& inputs, std::size_t input, std::size_t element) {
    float product = 1;
    for (std::size_t i = 0; i < inputs.count; ++i) {
      if (i != input) product *= inputs.at(i, element);
    }
    return product;
  }
};

// Of two equal ones each has a half; the result is then compared with the next.
template <class Op>
struct ExtremeOp {
  static constexpr bool kConstantShare = false;
  static float Merge(float a, float b) { return Op::Wins(b, a) || b != b ? b : a; }
  static float Scale(std::size_t) { return 1; }
  static float Share(const Inputs& inputs, std::size_t input, std::size_t element) {
    const float x = inputs.at(input, element);
    bool first = true;
    float share = 1;
    for (std::size_t i = 0; i < inputs.count; ++i) {
      const float other = inputs.at(i, element);
      if (i == input) continue;
      if (!(other == x || Op::Wins(x, other))) return 0;
      if (other == x && i < input) first = false;
      if (other == x && i > input) share /= 2;
    }
    return first ? share : share / 2;
  }
};

struct Greater {
  static bool Wins(float a, float b) { return a > b; }
};
struct Less {
  static bool Wins(float a, float b) { return a < b; }
};

template <class Op>
class Merge final : public Layer {
 public:
  Merge(std::size_t count, const Shape& shapes) : count_(count) {
    require(count > 0 && shapes.size() % count == 0, Code::kShapeMismatch, "a merge has no shape for each input");
    const std::size_t rank = shapes.size() / count;
    Shape common(rank, 1);
    std::vector<Shape> each;
    for (std::size_t i = 0; i < count; ++i) {
      each.emplace_back(shapes.begin() + static_cast<std::ptrdiff_t>(i * rank),
                        shapes.begin() + static_cast<std::ptrdiff_t>((i + 1) * rank));
      for (std::size_t axis = 0; axis < rank; ++axis) common[axis] = std::max(common[axis], each[i][axis]);
    }
    size_ = elements(common);
    for (const Shape& shape : each) {
      sizes_.push_back(elements(shape));
      offsets_.push_back(broadcast_offsets(shape, common));
      sources_.push_back(broadcast_sources(offsets_.back()));
    }
  }

  std::size_t inputs() const override { return count_; }
  std::size_t input_size(std::size_t input) const override { return sizes_[input]; }
  std::size_t output_size() const override { return size_; }
  bool works_in_place() const override { return Op::kConstantShare && offsets_[0].empty(); }
  std::size_t flops() const override { return count_ * size_; }

  void forward(const LayerTile& tile) const override {
    const float scale = Op::Scale(count_);
    for (std::size_t sample = 0; sample < tile.samples; ++sample) {
      float* y = tile.y + sample * size_;
      for (std::size_t i = 0; i < count_; ++i) {
        const float* x = tile.x[i] + sample * sizes_[i];
        const std::uint32_t* offsets = offsets_[i].empty() ? nullptr : offsets_[i].data();
        const auto merge = [&](const auto& at) {
          for (std::size_t e = 0; e < size_; ++e) y[e] = i == 0 ? x[at(e)] : Op::Merge(y[e], x[at(e)]);
        };
        if (offsets == nullptr) {
          merge([](std::size_t e) { return e; });
        } else {
          merge([offsets](std::size_t e) { return offsets[e]; });
        }
      }
      for (std::size_t e = 0; e < size_; ++e) y[e] *= scale;
    }
  }

  void backward(const LayerTile& tile, const LayerGradients& gradients) const override {
    const float scale = Op::Scale(count_);
    // The first is the last to be written: it may stand where the upstream gradient does.
    for (std::size_t i = count_; i-- > 0;) {
      if (gradients.grad_x[i] == nullptr) continue;
      for (std::size_t sample = 0; sample < tile.samples; ++sample) {
        const Inputs inputs = {tile.x, offsets_.data(), sizes_.data(), count_, sample};
        const float* grad = gradients.grad + sample * size_;
        float* grad_x = gradients.grad_x[i] + sample * sizes_[i];
        const auto value = [&](std::size_t e) { return grad[e] * (scale * Op::Share(inputs, i, e)); };
        if (offsets_[i].empty()) {
          for (std::size_t e = 0; e < size_; ++e) grad_x[e] = value(e);
        } else {
          const std::size_t shared = size_ / sizes_[i];
          const std::uint32_t* source = sources_[i].data();
          for (std::size_t e = 0; e < sizes_[i]; ++e) {
            double sum = 0;
            for (std::size_t s = 0; s < shared; ++s) sum += static_cast<double>(value(*source++));
            grad_x[e] = static_cast<float>(sum);
          }
        }
      }
    }
  }

 private:
  std::size_t count_, size_;
  std::vector<std::size_t> sizes_;
  std::vector<Offsets> offsets_, sources_;
};

template <class Op>
std::unique_ptr<Layer> make(const LayerParameters& parameters) {
  return std::make_unique<Merge<Op>>(parameters.size("inputs"), shape_of(parameters, "shapes"));
}

}  // namespace

std::unique_ptr<Layer> make_add(const LayerParameters& parameters) { return make<AddOp>(parameters); }
std::unique_ptr<Layer> make_average(const LayerParameters& parameters) { return make<AverageOp>(parameters); }
std::unique_ptr<Layer> make_maximum(const LayerParameters& parameters) { return make<ExtremeOp<Greater>>(parameters); }
std::unique_ptr<Layer> make_minimum(const LayerParameters& parameters) { return make<ExtremeOp<Less>>(parameters); }
std::unique_ptr<Layer> make_multiply(const LayerParameters& parameters) { return make<MultiplyOp>(parameters); }

std::unique_ptr<Layer> make_subtract(const LayerParameters& parameters) {
  require(parameters.size("inputs") == 2, Code::kInvalidArg, "a subtraction takes two inputs");
  return make<SubtractOp>(parameters);
}

}  // namespace gemsbok::core
