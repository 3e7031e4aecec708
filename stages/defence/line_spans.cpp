#include "stages/defence/line_spans.hpp"

#include <algorithm>

namespace ipet::defence {

namespace {

/// The span of a device's user packets; none without any.
std::optional<Line::Span> span_of(const traffic::Trace& trace) {
  std::optional<Line::Span> span;
  for (const traffic::DevicePacket& packet : trace.packets) {
    if (packet.dummy) continue;
    if (!span) span = Line::Span{packet.time, packet.time};
    span->end = packet.time + 1;  // in time order
  }
  return span;
}

Line::Span hull(const Line::Span& a, const Line::Span& b) {
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

}  // namespace

LineSpans::LineSpans(const traffic::Traces& home) {
  for (const traffic::Trace& trace : home.traces) {
    const auto span = span_of(trace);
    if (!span) continue;
    const std::string& device = home.devices[trace.device];
    Capture& capture =
        captures_.try_emplace(trace.capture, Capture{home.captures[trace.capture], *span, {}}).first->second;
    capture.span = hull(capture.span, *span);
    capture.devices.push_back(device);
    ++recorded_[device];
    if (trace.protect) protected_.insert(device);
    whole_ = whole_ ? hull(*whole_, *span) : *span;
  }
}

const LineSpans::Capture* LineSpans::find(std::uint32_t capture, std::string_view capture_name) const {
  const auto found = captures_.find(capture);
  return found == captures_.end() || found->second.name != capture_name ? nullptr : &found->second;
}

std::optional<Line::Span> LineSpans::of(std::uint32_t capture, std::string_view capture_name,
                                        std::string_view device) const {
  const Capture* const found = find(capture, capture_name);
  if (found == nullptr || std::ranges::find(found->devices, device) == found->devices.end())
    return std::nullopt;
  const bool part_of_a_recording = found->devices.size() == 1 && recorded_.find(device)->second == 1;
  return part_of_a_recording ? whole_ : found->span;
}

std::optional<Line::Span> LineSpans::of_home(std::uint32_t capture, std::string_view capture_name) const {
  const Capture* const found = find(capture, capture_name);
  if (found == nullptr || found->devices.empty()) return std::nullopt;
  return of(capture, capture_name, found->devices.front());
}

std::vector<std::string> LineSpans::silent_in(std::uint32_t capture, std::string_view capture_name) const {
  std::vector<std::string> silent;
  const Capture* const found = find(capture, capture_name);
  if (found == nullptr || found->devices.size() < 2) return silent;
  for (const std::string& device : protected_)
    if (std::ranges::find(found->devices, device) == found->devices.end()) silent.push_back(device);
  return silent;
}

}  // namespace ipet::defence
