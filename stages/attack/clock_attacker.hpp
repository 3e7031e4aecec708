// A table model on how the clocks of devices beat on a line.
#pragma once

#include "stages/attack/clock_view.hpp"
#include "stages/attack/table_attacker.hpp"

namespace ipet::attack {

class ClockAttacker final : public TableAttacker {
 public:
  /// `name` is the model's.
  ClockAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                const TableAttackerOptions& options = {})
      : TableAttacker(
            std::move(model), name,
            [minutes = options.minutes](std::span<const CleanRecording> recordings, std::size_t classes) {
              return std::make_shared<ClockView>(
                  minutes, std::make_shared<const Clocks>(clocks_of(recordings, classes)));
            },
            options, "clocks") {}
};

}  // namespace ipet::attack
