// What a defence costs on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stages/defence/delays.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// Header bytes on the wire per packet: Ethernet 14 + IPv4 20 + TCP 20 or UDP 8 (stages/evaluation/README.md
/// "Protocol", point 3).
inline constexpr std::uint32_t tcp_headers = 54;
inline constexpr std::uint32_t udp_headers = 42;

inline std::uint64_t wire_bytes(const traffic::DevicePacket& packet) {
  return packet.size + (packet.protocol == traffic::Protocol::tcp ? tcp_headers : udp_headers);
}

struct Count {
  std::uint64_t packets = 0, payload_bytes = 0, wire_bytes = 0;
  void add(const traffic::DevicePacket& packet) {
    ++packets;
    payload_bytes += packet.size;
    wire_bytes += defence::wire_bytes(packet);
  }
  void add(const Count& other) {
    packets += other.packets;
    payload_bytes += other.payload_bytes;
    wire_bytes += other.wire_bytes;
  }
};

/// One device in one capture after mixing. Key: traffic::device_key(capture, device).
struct MixSummary {
  static constexpr std::string_view type_name = "mix_summary";
  static constexpr int type_version = 4;

  std::uint32_t capture = 0;
  std::string device;
  /// Times of the first and last mixed packet; where it is known when the line is up (Line::up), that.
  traffic::Nanoseconds first = 0, last = 0;
  traffic::Nanoseconds skipped = 0;  ///< of these: gaps too long to be covered
  bool covered = false;              ///< the device is to be protected, and the defence knows how
  bool delayed = false;              ///< by a defence that delays user packets
  std::uint64_t lost = 0;            ///< user packets that a published defect lost; not in `user`
  /// Counts by traffic::Direction. user: as the packets came; dummy: packets without user data; sent: all
  /// that left. What a defence costs is sent less user; padding beside user data counts there, too.
  Count user[2], dummy[2], sent[2];
  DelayHistogram delays;                ///< of user packets; empty unless `delayed`
  std::uint64_t unsent_bytes = 0;       ///< of user data that still waited at the end
  std::uint64_t misdirected_bytes = 0;  ///< of user data that a published defect sent the wrong way
  /// Bytes on the wire, both directions, in the busiest second of what was sent; seconds as the clock's.
  std::uint64_t peak_second = 0;
  std::uint64_t exposed_minutes = 0;  ///< as Group::exposed_minutes

  [[nodiscard]] std::size_t byte_size() const { return sizeof *this + delays.byte_size(); }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

/// Overhead per device over all captures.
struct Overhead {
  static constexpr std::string_view type_name = "overhead";
  static constexpr int type_version = 4;
  using Element = MixSummary;

  struct Row {
    std::string device;
    double seconds = 0;  ///< covered by the captures
    bool covered = false, delayed = false;
    Count user[2], dummy[2], sent[2];
    DelayHistogram delays;
    std::uint64_t unsent_bytes = 0, misdirected_bytes = 0;
    std::uint64_t peak_second = 0;  ///< largest of any capture
    std::uint64_t exposed_minutes = 0;
  };
  std::vector<Row> rows;  ///< sorted by device

  void add(const MixSummary& summary);
  void merge(Overhead&& other);
  void finish() {}
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this + rows.size() * sizeof(Row); }
  [[nodiscard]] std::size_t item_count() const { return rows.size(); }
};

}  // namespace ipet::defence
