// Windows of equal time slots (stages/windows/README.md) as an attacker's view.
#pragma once

#include "stages/attack/view.hpp"
#include "stages/windows/windower.hpp"

namespace ipet::attack {

/// A row holds slots x windows::columns features and then the silence before the window, in seconds. Packets
/// outside the watch are not seen. Tiled windows follow each other from the first packet on and not from the
/// watch's begin, and end with the last packet, as windows::Windower has them.
class WindowView final : public View {
 public:
  explicit WindowView(const windows::WindowSettings& settings);

  /// "anchored windows of 4 s": slots of a tenth of a second; "tiled windows of 4 s in slots of 0.5 s".
  [[nodiscard]] std::string name() const override { return name_; }
  /// "0_out_packets" .. "39_in_bytes", "silence".
  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::unique_ptr<Eye> open(const Watch& watch) const override;
  [[nodiscard]] const windows::WindowSettings& settings() const { return settings_; }

 private:
  windows::WindowSettings settings_;
  std::string name_;
};

}  // namespace ipet::attack
