// A network that others learn to deceive: what it answers for windows that they have changed, and which way
// its answers go. Without LibTorch, for whoever trains something else.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "stages/dataset/dataset.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

class Network;

/// One thread's own; any number of them share the parameters of a network.
class FrozenNetwork {
 public:
  /// It sees the parameters as they are when it is asked; they are not changed. `network` may go.
  explicit FrozenNetwork(const Network& network);
  ~FrozenNetwork();

  /// Puts windows before it, by position. Their features [row, slot, column], to be changed before ask().
  std::span<float> show(const LabelledWindows& windows, std::span<const std::uint32_t> rows);
  /// Logits [row, class] of what was shown. `dropout`: its random numbers.
  std::span<const float> ask(traffic::Random dropout);
  /// From the gradient with respect to the logits of ask() that with respect to the features, once for each
  /// ask(). The spans that were given before end here.
  void follow(std::span<const float> of_logits, std::span<float> of_features);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ipet::fingerprint
