// Defences that delay user data. User packets wait in a queue per direction and leave in cells, whose times
// and sizes the defence decides; what a cell carries beyond user data is padding. On the wire a cell is one
// packet, and an observer cannot tell its padding from user data.
//
// A driver (the mixer, or a gateway with a clock) tells a shaper of user packets as they come, and takes the
// cells that are due. The bytes that wait in a direction leave in the order in which they came.
#pragma once

#include <cstdint>
#include <memory>

#include "stages/defence/cover_schedule.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

struct Cell {
  traffic::Nanoseconds time = 0;
  traffic::Direction direction = traffic::Direction::out;
  std::uint32_t size = 0;        ///< transport payload, bytes
  std::uint32_t user_bytes = 0;  ///< of these
  /// Of these: user bytes that should go in the other direction (a published defect,
  /// padding/rate_shaper.hpp).
  std::uint32_t misdirected = 0;

  bool operator==(const Cell&) const = default;
};

/// Largest payload of a cell: 1,500 bytes less 40 of headers.
inline constexpr std::uint32_t largest_cell = 1460;

/// One line in one capture.
class Shaper {
 public:
  Shaper() = default;
  Shaper(const Shaper&) = delete;
  Shaper& operator=(const Shaper&) = delete;
  virtual ~Shaper() = default;

  /// The line comes up at `time`, before its first user packet. Without this call it does with that packet.
  virtual void begin(traffic::Nanoseconds time) { static_cast<void>(time); }
  /// A user packet comes at its time. Times never go back, and every cell that is due before must have been
  /// taken with next().
  void arrive(const traffic::DevicePacket& packet) {
    waiting_[index(packet.direction)] += packet.size;
    on_arrival(packet);
  }
  /// The next cell that is due before `until`, in time order; false when there is none; none where
  /// neither begin() nor a user packet came before.
  virtual bool next(traffic::Nanoseconds until, Cell& cell) = 0;
  /// As CoverSchedule::due, of cells.
  [[nodiscard]] virtual traffic::Nanoseconds due() const { return CoverSchedule::not_known; }
  /// Nothing is to be sent until the next user packet, with which the line begins anew.
  virtual void rest() = 0;

  /// User bytes that have come and not left.
  [[nodiscard]] std::uint64_t waiting(traffic::Direction direction) const {
    return waiting_[index(direction)];
  }
  [[nodiscard]] std::uint64_t waiting() const { return waiting_[0] + waiting_[1]; }

 protected:
  virtual void on_arrival(const traffic::DevicePacket& packet) = 0;

  /// A cell of this size that carries as much of what waits as fits.
  Cell fill(traffic::Nanoseconds time, traffic::Direction direction, std::uint32_t size) {
    std::uint64_t& waiting = waiting_[index(direction)];
    const auto user = static_cast<std::uint32_t>(waiting < size ? waiting : size);
    waiting -= user;
    return {time, direction, size, user, 0};
  }
  /// A cell full of bytes that wait in the other direction.
  Cell misdirect(traffic::Nanoseconds time, traffic::Direction direction, std::uint32_t size) {
    waiting_[1 - index(direction)] -= size;
    return {time, direction, size, 0, size};
  }

 private:
  static std::size_t index(traffic::Direction direction) { return static_cast<std::size_t>(direction); }
  std::uint64_t waiting_[2] = {0, 0};  ///< by direction
};

}  // namespace ipet::defence
