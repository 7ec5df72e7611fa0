// What an expert of PyTorch's C++ library would write for the least overhead: no autograd, gradients by hand into
// tensors that are kept, the fused step of Adam.
#include <torch/torch.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "protocol.h"

namespace {

using torch::Tensor;

class Network {
 public:
  explicit Network(const std::vector<std::size_t>& sizes) {
    for (std::size_t l = 1; l < sizes.size(); ++l) {
      const auto in = static_cast<std::int64_t>(sizes[l - 1]), units = static_cast<std::int64_t>(sizes[l]);
      variables_.push_back(torch::rand({in, units}) * 0.1F - 0.05F);
      variables_.push_back(torch::zeros({units}));
    }
    for (const Tensor& variable : variables_) {
      gradients_.push_back(torch::zeros_like(variable));
      means_.push_back(torch::zeros_like(variable));
      squares_.push_back(torch::zeros_like(variable));
      steps_.push_back(torch::zeros({}));
    }
  }

  void step(const Tensor& x, const Tensor& labels) {
    const std::size_t layers = variables_.size() / 2;
    std::vector<Tensor> inputs{x};
    for (std::size_t l = 0; l < layers; ++l) {
      Tensor y = torch::addmm(variables_[2 * l + 1], inputs[l], variables_[2 * l]);
      if (l + 1 < layers) y.relu_();
      inputs.push_back(y);
    }
    Tensor gradient = torch::softmax(inputs[layers], 1);
    loss_ = gradient.gather(1, labels.unsqueeze(1)).log_().mean().neg_();
    gradient.scatter_add_(1, labels.unsqueeze(1), torch::full({x.size(0), 1}, -1.0F));
    gradient.div_(x.size(0));
    for (std::size_t l = layers; l-- > 0;) {
      torch::mm_out(gradients_[2 * l], inputs[l].t(), gradient);
      torch::sum_out(gradients_[2 * l + 1], gradient, 0);
      if (l > 0) gradient = torch::threshold_backward(gradient.mm(variables_[2 * l].t()), inputs[l], 0);
    }
    at::_foreach_add_(steps_, 1);
    at::_fused_adam_(variables_, gradients_, means_, squares_, {}, steps_, 1e-3, 0.9, 0.999, 0, 1e-8, false, false);
  }

 private:
  std::vector<Tensor> variables_, gradients_, means_, squares_, steps_;
  Tensor loss_;
};

bench::Measure epoch(const bench::Request& request) {
  const auto batch = static_cast<std::int64_t>(request.number("batch"));
  const auto rows = static_cast<std::int64_t>(request.number("rows"));
  const std::vector<std::size_t> sizes = request.numbers("layers");
  const auto network = std::make_shared<Network>(sizes);
  const Tensor x = torch::rand({rows, static_cast<std::int64_t>(sizes.front())});
  const Tensor labels = torch::randint(static_cast<std::int64_t>(sizes.back()), {rows}, torch::kInt64);
  return [=] {
    return bench::timed([&] {
      const Tensor order = torch::randperm(rows, torch::kInt64);
      for (const Tensor& chosen : order.split(batch)) {
        network->step(x.index_select(0, chosen), labels.index_select(0, chosen));
      }
    });
  };
}

}  // namespace

int main() {
  const int threads = std::atoi(std::getenv("BENCH_THREADS"));
  torch::set_num_threads(threads);
  const torch::NoGradGuard guard;
  bench::serve(std::string("libtorch ") + TORCH_VERSION + ", " + std::to_string(threads) + " thread(s)",
               [](const bench::Request& request) -> bench::Measure {
                 return request.word("case") == "epoch" ? epoch(request) : nullptr;
               });
}
