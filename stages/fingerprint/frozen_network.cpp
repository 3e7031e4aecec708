#include "stages/fingerprint/frozen_network.hpp"

#include <algorithm>
#include <utility>

#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/network.hpp"

namespace ipet::fingerprint {

struct FrozenNetwork::State {
  std::unique_ptr<Network> network;
  Batch shown;
  torch::Tensor logits, values;
};

FrozenNetwork::FrozenNetwork(const Network& network) : state_(std::make_unique<State>()) {
  use_one_torch_thread();
  state_->network = network.replica();
  state_->network->freeze();
}

FrozenNetwork::~FrozenNetwork() = default;

std::span<float> FrozenNetwork::show(const LabelledWindows& windows, std::span<const std::uint32_t> rows) {
  Batch& shown = state_->shown = make_batch(windows, rows);
  return {shown.features.data_ptr<float>(), static_cast<std::size_t>(shown.features.numel())};
}

std::span<const float> FrozenNetwork::ask(traffic::Random dropout) {
  state_->shown.features.set_requires_grad(true);
  state_->network->model().set_random(std::move(dropout));
  state_->logits = state_->network->forward(state_->shown.features, state_->shown.silence);
  const torch::Tensor& values = state_->values = state_->logits.detach().contiguous();
  return {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())};
}

void FrozenNetwork::follow(std::span<const float> of_logits, std::span<float> of_features) {
  const torch::Tensor given = torch::empty_like(state_->values);
  std::ranges::copy(of_logits, given.data_ptr<float>());
  const torch::Tensor found =
      torch::autograd::grad({state_->logits}, {state_->shown.features}, {given})[0].contiguous();
  std::copy_n(found.data_ptr<float>(), found.numel(), of_features.data());
  *state_ = {.network = std::move(state_->network), .shown = {}, .logits = {}, .values = {}};
}

}  // namespace ipet::fingerprint
