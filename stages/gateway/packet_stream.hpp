// Packets as one stream of bytes, which leaves in pieces of whatever size: each packet with its length before
// it, 16 bits, big-endian. A piece says where in it the first packet begins, so that after a loss no more is
// lost than the packets of which a part is missing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

namespace ipet::gateway {

/// What a packet needs beside itself.
inline constexpr std::size_t framing_bytes = 2;

class PacketWriter {
 public:
  /// `limit`: bytes that may wait.
  explicit PacketWriter(std::size_t limit) : limit_(limit) {}
  /// False, and nothing is taken, where too much waits.
  bool push(std::span<const std::uint8_t> packet);
  [[nodiscard]] std::size_t waiting() const { return bytes_.size() - begin_; }
  /// Moves as much into `out` as waits and fits, and returns how much. `first` as Datagram::first.
  std::size_t take(std::span<std::uint8_t> out, std::uint16_t& first);

 private:
  std::size_t limit_;
  std::vector<std::uint8_t> bytes_;
  std::size_t begin_ = 0;            ///< of what waits
  std::uint64_t taken_ = 0;          ///< bytes in all
  std::deque<std::uint64_t> heads_;  ///< where packets begin, counted as `taken_`
};

class PacketReader {
 public:
  using Deliver = std::function<void(std::span<const std::uint8_t>)>;

  /// The next piece. `gap`: something before it is missing.
  void take(std::span<const std::uint8_t> piece, std::uint16_t first, bool gap, const Deliver& deliver);
  /// A piece that comes after its successors: those of its packets that are whole.
  void take_late(std::span<const std::uint8_t> piece, std::uint16_t first, const Deliver& deliver);
  /// Packets of which a part did not come.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  static constexpr std::size_t longest_packet = 9'000, shortest_packet = 20;

 private:
  /// False where what stands there is no packet.
  bool consume(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& partial,
               const Deliver& deliver);

  std::vector<std::uint8_t> partial_;  ///< of the packet that has begun, with its length
  bool in_step_ = false;               ///< it is known where packets begin
  std::uint64_t lost_ = 0;
};

}  // namespace ipet::gateway
