// What a user of unison decides.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pipeline/text/words.hpp"

namespace ipet::defence {

/// What becomes of a device's packets once it has used up its allowance.
enum class Transfers { copied, alone };
inline constexpr text::Word<Transfers> transfer_words[] = {{"copied", Transfers::copied},
                                                           {"alone", Transfers::alone}};

struct UnisonOptions {
  /// Devices by name; a device in none of them has a line of its own that nobody shares. Empty: sets are
  /// planned by the budget.
  std::vector<std::vector<std::string>> sets = {};
  /// Payload bytes per second of copies per device, in the mean; 0: no limit, all devices form one set.
  double budget = 0;
  std::size_t smallest_set = 2;  ///< as SetOptions
  bool keep_budget = true;       ///< as SetOptions
  /// alone: each device may have so many bytes copied as the budget gives in a day, and gets them back at the
  /// rate of the budget (a token bucket, full at first); what finds too little left leaves on its own line
  /// alone.
  Transfers transfers = Transfers::copied;
  /// Bits per second of the link that all lines of the home share.
  double link_rate = 1e9;
  std::size_t pool_days = 7;    ///< plan by at most so many past days, the youngest; 0: all
  double day_offset_hours = 0;  ///< when a day begins, after midnight UTC
};

}  // namespace ipet::defence
