// Trains one device's generator against a frozen discriminator.
#pragma once

#include "stages/fingerprint/network.hpp"
#include "stages/generator/training.hpp"

namespace ipet::generator {

/// Glorot weights, zero bias.
Generator fresh_generator(std::size_t slots, traffic::Random random);

/// The bounded objective: mean cross-entropy of the true classes with probabilities clipped to
/// [1e-7, 1 - 1e-7], as in Keras.
torch::Tensor bounded_cross_entropy(const torch::Tensor& logits, const torch::Tensor& label);

/// Limits, rows and minimum size of `set` applied to sigmoid outputs [N, slots * 4]. With
/// "straight_through" the values are the whole rows that are sent, the gradient that of the unrounded ones.
torch::Tensor rows_of(const torch::Tensor& activation, const GeneratorSet& set, bool straight_through);

/// `epochs` passes over the device's windows, which all have one label. `discriminator` is a frozen copy of
/// this thread's own. Random numbers come from `key`.
Generator train_device(Generator generator, fingerprint::Network& discriminator,
                       const fingerprint::LabelledWindows& windows, const GeneratorSet& set,
                       const GeneratorOptions& options, std::uint32_t epochs, traffic::StreamKey key,
                       fingerprint::Observer& observer);

}  // namespace ipet::generator
