#include "stages/fingerprint/plain_recurrent.hpp"

#include <algorithm>
#include <vector>

namespace ipet::fingerprint {
namespace {

/// The states in the order in which they come about.
std::vector<torch::Tensor> states_of(const torch::Tensor& x, const PlainLstm& lstm, bool backward) {
  const std::int64_t slots = x.size(1), width = lstm.recurrent.size(0);
  torch::Tensor state = torch::zeros({x.size(0), width}, x.options()), cell = state;
  std::vector<torch::Tensor> states;
  for (std::int64_t t = 0; t < slots; ++t) {
    const torch::Tensor now = x.select(1, backward ? slots - 1 - t : t);
    const torch::Tensor gates =
        torch::matmul(now, lstm.kernel) + torch::matmul(state, lstm.recurrent) + lstm.bias;
    const auto gate = [&](std::int64_t g) { return gates.narrow(1, g * width, width); };
    cell = torch::sigmoid(gate(1)) * cell + torch::sigmoid(gate(0)) * torch::tanh(gate(2));
    state = torch::sigmoid(gate(3)) * torch::tanh(cell);
    states.push_back(state);
  }
  return states;
}

}  // namespace

torch::Tensor plain_bilstm(const torch::Tensor& x, const std::array<PlainLstm, 2>& directions, bool last) {
  const std::vector<torch::Tensor> forward = states_of(x, directions[0], false);
  std::vector<torch::Tensor> backward = states_of(x, directions[1], true);
  if (last) return torch::cat({forward.back(), backward.back()}, 1);
  std::reverse(backward.begin(), backward.end());
  return torch::cat({torch::stack(forward, 1), torch::stack(backward, 1)}, 2);
}

}  // namespace ipet::fingerprint
