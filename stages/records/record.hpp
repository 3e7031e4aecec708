// A packet as the published live programs send it over TCP: 4 bytes, which are kind ('C': cover, else user
// data), direction
// ('I' or 'O') and size in bytes (16 bits, little endian). Nothing stands between records, and no word says
// whose they are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "stages/traffic/packet.hpp"

namespace ipet::records {

using RecordBytes = std::array<unsigned char, 4>;
/// The largest payload that a packet can have: UDP's over IPv6 (RFC 8200: 65,535 bytes behind the fixed
/// header).
inline constexpr std::uint32_t largest_size = 65'527;

/// Time and protocol are not sent. `packet.size` is at most largest_size.
[[nodiscard]] RecordBytes record_of(const traffic::DevicePacket& packet);
/// Nothing where the direction is no direction: what comes is not in this format.
[[nodiscard]] std::optional<traffic::DevicePacket> packet_of(const RecordBytes& record,
                                                             traffic::Nanoseconds time);
/// A line of the published server's log, "kind,direction,size,milliseconds": `C` or `U`, and whole
/// milliseconds since the epoch.
[[nodiscard]] std::string log_line(const traffic::DevicePacket& packet);

}  // namespace ipet::records
