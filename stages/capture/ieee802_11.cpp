// Data frames of 802.11 in the clear (IEEE 802.11-2020, 9.3.2), with a radiotap header in front
// (radiotap.org) or without.
#include <cstring>

#include "stages/capture/bytes.hpp"
#include "stages/capture/decode.hpp"

namespace ipet::capture::detail {

namespace {

using Kind = OtherProtocol::Kind;
using traffic::Packet;

NetworkLayer no_layer(Outcome outcome, Kind kind = Kind::unknown) {
  return {outcome, 0, 0, {kind, 0}};
}

std::uint16_t little16(const std::uint8_t* at) {
  return swap_bytes(load_network<std::uint16_t>(at));
}
std::uint32_t little32(const std::uint8_t* at) {
  return swap_bytes(load_network<std::uint32_t>(at));
}

/// Frame control field: its bits from the lowest on.
struct Control {
  std::uint16_t bits;
  [[nodiscard]] unsigned type() const { return bits >> 2 & 3; }
  [[nodiscard]] unsigned subtype() const { return bits >> 4 & 15; }
  [[nodiscard]] bool to_access_point() const { return (bits & 0x0100) != 0; }
  [[nodiscard]] bool from_access_point() const { return (bits & 0x0200) != 0; }
  [[nodiscard]] bool is_protected() const { return (bits & 0x4000) != 0; }
  [[nodiscard]] bool has_more_control() const { return (bits & 0x8000) != 0; }
};

void set_addresses(const std::uint8_t* header, Control control, Packet& packet) {
  constexpr std::uint32_t first = 4, second = 10, third = 16, fourth = 24;
  const bool to = control.to_access_point(), from = control.from_access_point();
  std::memcpy(packet.destination_mac.bytes.data(), header + (to ? third : first), 6);
  std::memcpy(packet.source_mac.bytes.data(), header + (!from ? second : to ? fourth : third), 6);
  packet.has_mac = true;
}

}  // namespace

NetworkLayer ieee802_11(const Frame& frame, std::uint32_t offset, bool padded, Packet& packet) {
  constexpr unsigned data = 2, without_data = 4, with_quality = 8;
  if (frame.captured < offset + 2) return no_layer(Outcome::undecodable);
  const Control control{little16(frame.data + offset)};
  if (control.type() != data || (control.subtype() & without_data) != 0)
    return no_layer(Outcome::other, Kind::ieee802_11);
  const bool quality = (control.subtype() & with_quality) != 0;
  std::uint32_t length = control.to_access_point() && control.from_access_point() ? 30 : 24;
  const std::uint32_t quality_at = length;
  if (quality) length += control.has_more_control() ? 6 : 2;
  if (padded) length = (length + 3) / 4 * 4;
  if (frame.captured < offset + length) return no_layer(Outcome::undecodable);
  const std::uint8_t* const header = frame.data + offset;
  if (control.is_protected()) return no_layer(Outcome::encrypted);
  if ((little16(header + 22) & 15) != 0) return no_layer(Outcome::fragment);
  if (quality && (header[quality_at] & 0x80) != 0) return no_layer(Outcome::other, Kind::aggregate);
  set_addresses(header, control, packet);
  return after_llc(frame, offset + length);
}

NetworkLayer ieee802_11_radiotap(const Frame& frame, Packet& packet) {
  constexpr std::uint32_t has_time = 1, has_flags = 2, more_words = 0x80000000U;
  if (frame.captured < 8) return no_layer(Outcome::undecodable);
  const std::uint32_t length = little16(frame.data + 2), present = little32(frame.data + 4);
  if (length < 8 || frame.captured < length) return no_layer(Outcome::undecodable);
  std::uint8_t flags = 0;
  if ((present & has_flags) != 0) {
    std::uint32_t at = 8;
    for (std::uint32_t words = present; (words & more_words) != 0 && at + 4 <= length; at += 4)
      words = little32(frame.data + at);
    if ((present & has_time) != 0) at = (at + 7) / 8 * 8 + 8;
    if (at >= length) return no_layer(Outcome::undecodable);
    flags = frame.data[at];
  }
  constexpr std::uint8_t padding = 0x20, bad_checksum = 0x40;
  if ((flags & bad_checksum) != 0) return no_layer(Outcome::undecodable);
  return ieee802_11(frame, length, (flags & padding) != 0, packet);
}

}  // namespace ipet::capture::detail
