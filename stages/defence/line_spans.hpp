// When the lines of captures are up, as far as the recordings of the whole home tell: from the first to the
// last packet of anybody, so that it does not name a device when its line begins to speak or falls silent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/traffic/traces.hpp"

namespace ipet::defence {

class LineSpans {
 public:
  /// Spans of a home where nothing is recorded.
  LineSpans() = default;
  explicit LineSpans(const traffic::Traces& home);

  /// The time that the capture covers, over all its devices. A capture with one device, which is in no other
  /// one, is a part of a recording of the home (one file per device): then that of the whole home. None where
  /// the home's recordings have no such packets.
  [[nodiscard]] std::optional<Line::Span> of(std::uint32_t capture, std::string_view capture_name,
                                             std::string_view device) const;
  /// The same of a line that all devices of the capture share, or that has no packets of its own.
  [[nodiscard]] std::optional<Line::Span> of_home(std::uint32_t capture, std::string_view capture_name) const;
  /// Protected devices that say nothing in this capture of several devices, sorted.
  [[nodiscard]] std::vector<std::string> silent_in(std::uint32_t capture,
                                                   std::string_view capture_name) const;

 private:
  struct Capture {
    std::string name;
    Line::Span span;
    std::vector<std::string> devices;  ///< with packets
  };
  [[nodiscard]] const Capture* find(std::uint32_t capture, std::string_view capture_name) const;

  std::map<std::uint32_t, Capture> captures_;                 ///< with packets
  std::map<std::string, std::size_t, std::less<>> recorded_;  ///< captures with packets, by device
  std::set<std::string> protected_;                           ///< with packets
  std::optional<Line::Span> whole_;
};

}  // namespace ipet::defence
