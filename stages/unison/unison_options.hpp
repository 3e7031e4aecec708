// What a user of unison decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/chorus/chorus_options.hpp"
#include "stages/device_model/imitated_home.hpp"

namespace ipet::defence {

/// What becomes of a device's packets once it has used up its allowance.
enum class Transfers : std::uint8_t { copied, alone };
inline constexpr text::Word<Transfers> transfer_words[] = {{"copied", Transfers::copied},
                                                           {"alone", Transfers::alone}};

/// When a phantom runs.
enum class PhantomPresence : std::uint8_t {
  always,  ///< whether the device is there or not
  absent   ///< where none of the lines is that of the device
};
inline constexpr text::Word<PhantomPresence> phantom_presences[] = {{"always", PhantomPresence::always},
                                                                    {"absent", PhantomPresence::absent}};

struct UnisonOptions {
  /// Devices by name; a device in none of them has a line of its own that nobody shares. Empty: sets are
  /// planned by the budget.
  std::vector<std::vector<std::string>> sets = {};
  /// Payload bytes per second of copies per device, in the mean; 0: no limit, all devices form one set.
  double budget = 0;
  std::size_t smallest_set = 2;  ///< as SetOptions
  OverBudget over_budget = OverBudget::alone;
  /// alone: each device may have so many bytes copied as the budget gives in a day, and gets them back at the
  /// rate of the budget (a token bucket, full at first); what finds too little left leaves on its own line
  /// alone.
  Transfers transfers = Transfers::copied;
  double link_rate = 1'000;     ///< Mbit/s of the link that all lines of the home share
  std::size_t pool_days = 7;    ///< plan by at most so many past days, the youngest; 0: all
  double day_offset_hours = 0;  ///< when a day begins, after midnight UTC

  double decoys = 0;            ///< imitated events per device and day
  double decoys_per_event = 0;  ///< more of them, for each event that the device had on past days
  device_model::Hours decoy_hours = device_model::Hours::own;
  /// Devices of the pool that are imitated as wholes, from the first `phantom_days` days on which they spoke.
  std::vector<std::string> phantoms = {};
  std::vector<std::filesystem::path> phantom_models = {};  ///< the same from files (model_text.hpp)
  PhantomPresence phantom_presence = PhantomPresence::always;
  std::size_t phantom_days = 1;

  [[nodiscard]] bool has_decoys() const { return decoys > 0 || decoys_per_event > 0; }
  [[nodiscard]] bool imitates() const { return has_decoys() || !phantoms.empty() || !phantom_models.empty(); }

  /// The option that is wrong, by its name in files, and why; no reason where all are right.
  [[nodiscard]] std::pair<std::string, std::string> fault() const;
};

}  // namespace ipet::defence
