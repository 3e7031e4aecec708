// What a user of the training of generators decides.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/generator/generator_set.hpp"

namespace ipet::generator {

/// Passes of the discriminator are numbered stage * this + pass, which keys their random streams.
inline constexpr std::uint32_t passes_per_stage = 1000;

/// z of a window: drawn anew for every pass over the windows, or, as published, once: then few windows train
/// the generator on few z, however many passes there are.
enum class Latents : std::uint8_t { every_pass, once };
inline constexpr text::Word<Latents> latent_words[] = {{"every_pass", Latents::every_pass},
                                                       {"once", Latents::once}};

/// Each stage starts with new generators, or goes on with those before it.
enum class StageStart : std::uint8_t { fresh, carry };
inline constexpr text::Word<StageStart> stage_starts[] = {{"fresh", StageStart::fresh},
                                                          {"carry", StageStart::carry}};

/// Whether the generator sees the rows that are sent, or real numbers.
enum class Rounding : std::uint8_t { straight_through, none };
inline constexpr text::Word<Rounding> roundings[] = {{"straight_through", Rounding::straight_through},
                                                     {"none", Rounding::none}};

struct GeneratorTrainingOptions {
  std::uint32_t training_stages = 5;   ///< generations per chain
  std::uint32_t chains = 1;            ///< independent repetitions
  double max_packets_per_omega = 4;    ///< dummies per slot and direction
  double max_payload_per_omega = 100;  ///< bytes of dummies per slot and direction
  /// Per stage; the last entry stands for all later stages.
  std::vector<std::uint32_t> generator_epochs{3}, discriminator_epochs{2};
  std::uint32_t generator_batch = 32, discriminator_batch = 128;  ///< windows per step
  /// At least so many steps per stage: where the windows are few, passes are repeated until there are as
  /// many. 0: the epochs alone decide, as published. A stage of 0 epochs stays one.
  std::uint32_t generator_min_steps = 300, discriminator_min_steps = 200;
  Latents latents = Latents::every_pass;
  double generator_learning_rate = 1e-2;  ///< published: 1e-3
  double discriminator_learning_rate = 1e-3;
  /// As published, where the saved optimiser brings it along: the learning rate that the discriminator's own
  /// training had reached (model/learning_rate.hpp), in place of discriminator_learning_rate.
  bool carry_learning_rate = false;
  StageStart generators = StageStart::fresh;
  Rounding rounding = Rounding::straight_through;
  RowKind rows = RowKind::feasible;
  std::uint32_t minimum_size = 1;  ///< bytes of the smallest dummy in feasible rows
  /// The discriminator also sees clean windows and those of all earlier generations of its chain.
  bool replay = true;
  std::uint64_t seed = 0;

  /// The option that is wrong, and why; no reason where none is.
  [[nodiscard]] std::pair<std::string, std::string> fault() const;
};

}  // namespace ipet::generator
