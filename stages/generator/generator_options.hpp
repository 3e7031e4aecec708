// What a user of the training of generators decides.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ipet::generator {

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
  /// z of a window: drawn anew for every pass over the windows ("every_pass"), or, as published, "once": then
  /// few windows train the generator on few z, however many passes there are.
  std::string latents = "every_pass";
  double generator_learning_rate = 1e-2;  ///< published: 1e-3
  double discriminator_learning_rate = 1e-3;
  /// As published, where the saved optimiser brings it along: the learning rate that the discriminator's own
  /// training had reached (model/learning_rate.hpp), in place of discriminator_learning_rate.
  bool carry_learning_rate = false;
  std::string generators = "fresh";  ///< or "carry": each stage goes on with the generators before it
  std::string rounding = "straight_through";  ///< the generator sees the rows that are sent; or "none"
  std::string rows = "feasible";              ///< or "free"; see generator/perturbation_rows.hpp
  std::uint32_t minimum_size = 1;             ///< bytes of the smallest dummy in feasible rows
  /// The discriminator also sees clean windows and those of all earlier generations of its chain.
  bool replay = true;
  std::uint64_t seed = 0;
};

}  // namespace ipet::generator
