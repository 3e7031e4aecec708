// Trained perturbation generators as plain numbers (stages/generator/README.md). No LibTorch here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/model/trained_model.hpp"

namespace ipet::generator {

inline constexpr std::size_t latent_size = 20;

/// One device's generator: z ~ N(0, I_20) -> Dense(slots x 4) -> sigmoid -> times limits.
struct Generator {
  std::vector<float> weight;             ///< [latent_size, slots * 4]
  std::vector<float> bias;               ///< [slots * 4]
  double first_loss = 0, last_loss = 0;  ///< mean cross-entropy of the first and last epoch (it is maximised)
  std::uint64_t windows = 0;  ///< trained on; 0: the device had none and the generator is untrained
};

/// Generation g of a chain: the generators trained in stage g + 1 against the discriminator before it, and
/// the discriminator after it was trained on what they produce.
struct Generation {
  std::vector<Generator> devices;                      ///< in the order of GeneratorSet::devices
  std::vector<fingerprint::NamedArray> discriminator;  ///< parameters
  double discriminator_loss = 0;                       ///< mean cross-entropy of the last epoch
};

struct Chain {
  std::vector<Generation> generations;
};

/// What rows of perturbations may hold (perturbation_rows.hpp). Feasible: no packets without bytes, no bytes
/// without packets.
enum class RowKind : std::uint8_t { feasible, free };
inline constexpr text::Word<RowKind> row_kinds[] = {{"feasible", RowKind::feasible}, {"free", RowKind::free}};

struct GeneratorSet {
  static constexpr std::string_view type_name = "generator_set";
  static constexpr int type_version = 1;

  std::vector<std::string> devices;
  std::uint32_t slots = 0;
  double omega = 0;                  ///< seconds per slot
  double max_packets_per_omega = 0;  ///< per direction
  double max_payload_per_omega = 0;  ///< bytes per direction
  RowKind rows = RowKind::feasible;
  std::uint32_t minimum_size = 0;  ///< bytes of the smallest dummy in feasible rows
  std::vector<Chain> chains;

  [[nodiscard]] std::size_t byte_size() const;
  [[nodiscard]] std::size_t item_count() const { return chains.size(); }
};

}  // namespace ipet::generator
