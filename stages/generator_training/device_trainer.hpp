// Trains one device's generator against a frozen discriminator.
#pragma once

#include <span>
#include <vector>

#include "stages/fingerprint/frozen_network.hpp"
#include "stages/generator_training/generator_training.hpp"

namespace ipet::generator {

/// Glorot weights, zero bias.
Generator fresh_generator(std::size_t slots, traffic::Random random);

/// The bounded objective of windows of one class: cross-entropy of `label` with its probability clipped to
/// [1e-7, 1 - 1e-7], as in Keras. Adds it up over the rows of `logits` [N, classes]; `gradient`, of the same
/// shape, becomes that of minus the mean: nothing where the probability is clipped. Infinite or NaN where a
/// logit is.
double bounded_cross_entropy(std::span<const float> logits, std::size_t classes, std::size_t label,
                             std::span<float> gradient);

/// z of each of `count` windows in a pass, [window, latent_size]: passes count from 1. `latents` as in
/// GeneratorTrainingOptions; with "once" all passes have the same.
std::vector<float> latents_of_pass(Latents latents, std::size_t count, traffic::StreamKey key,
                                   std::uint32_t pass);
/// Brings the windows into the order of a pass, from the order of the pass before it.
void shuffle(std::vector<std::uint32_t>& order, traffic::StreamKey key, std::uint32_t pass);

/// `passes` over the device's windows: the positions `own` in `windows`, which all have one label.
/// `discriminator` is this thread's own. Random numbers come from `key`.
Generator train_device(Generator generator, fingerprint::FrozenNetwork& discriminator,
                       const fingerprint::LabelledWindows& windows, std::span<const std::uint32_t> own,
                       const GeneratorSet& set, const GeneratorTrainingOptions& options, std::uint32_t passes,
                       traffic::StreamKey key, fingerprint::Observer& observer);

}  // namespace ipet::generator
