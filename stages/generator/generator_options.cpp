#include "stages/generator/generator_options.hpp"

namespace ipet::generator {

std::pair<std::string, std::string> GeneratorTrainingOptions::fault() const {
  for (const auto& [option, count] :
       {std::pair("training_stages", training_stages), std::pair("chains", chains),
        std::pair("generator_batch", generator_batch), std::pair("discriminator_batch", discriminator_batch)})
    if (count == 0) return {option, std::string(option) + " must be at least 1"};
  for (const auto& [option, epochs] : {std::pair("generator_epochs", &generator_epochs),
                                       std::pair("discriminator_epochs", &discriminator_epochs)})
    if (epochs->empty()) return {option, "a list of epochs is empty"};
  for (const std::uint32_t most : discriminator_epochs)
    if (most >= passes_per_stage)
      return {"discriminator_epochs", "a stage has at most 999 epochs of the discriminator"};
  if (discriminator_min_steps >= passes_per_stage)
    return {"discriminator_min_steps", "discriminator_min_steps is above 999"};
  for (const auto& [option, limit] : {std::pair("max_packets_per_omega", max_packets_per_omega),
                                      std::pair("max_payload_per_omega", max_payload_per_omega)})
    if (!(limit >= 0 && limit <= 65535)) return {option, "a limit is outside 0 .. 65535"};
  return {};
}

}  // namespace ipet::generator
