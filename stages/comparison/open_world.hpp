// T5: some devices are held out, and whoever attacks may say "other".
#pragma once

#include <vector>

#include "stages/comparison/scoring.hpp"

namespace ipet::comparison {

class OpenWorld {
 public:
  OpenWorld(const Setting& setting, Notes& notes);
  /// Named are the known devices and "other": what no known device explains with more than the probability
  /// that nine in ten known rows reach. Rows are by view.
  void attack(const Round& round, Training& training, const std::vector<attack::Rows>& learned,
              const std::vector<attack::Rows>& tested, Scoring& scoring) const;

 private:
  const Setting& at_;
  std::vector<bool> held_out_;  ///< [class]
};

}  // namespace ipet::comparison
