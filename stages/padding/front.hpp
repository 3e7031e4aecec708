// Front-loaded padding (Gong and Wang, "Zero-delay Lightweight Defenses against Website Fingerprinting",
// USENIX Security 2020, section 5.1: FRONT), with sessions in the place of page loads.
//
// A session begins with a user packet after `idle` without one. For each direction it draws a number of
// dummies, uniform in 1..most - 1, and a width w, uniform between `narrowest` and `widest`; each dummy is due
// after a Rayleigh time of scale w (those above 5 w, four in a million, are drawn again). What is due stays
// due, whether the session ends before or a new one begins, which adds its own.
//
// Sizes are those of random packets that the whole home sent in that direction on days before the session's;
// `size` where none is known.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <queue>
#include <tuple>
#include <vector>

#include "stages/defence/cover_schedule.hpp"
#include "stages/pool/pool.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

struct FrontOptions {
  std::chrono::nanoseconds idle = std::chrono::seconds(5);
  /// N: a session has fewer dummies per direction. Below 2, only that share of sessions, N / 2, has any: one
  /// per direction.
  double most = 40;
  std::chrono::nanoseconds narrowest = std::chrono::seconds(1), widest = std::chrono::seconds(8);
  std::uint32_t size = 100;     ///< bytes
  double day_offset_hours = 0;  ///< when a day begins, after midnight UTC
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;
};

/// Sizes that a home has sent, by direction and day.
class SizeHistory {
 public:
  /// Knows nothing.
  SizeHistory() = default;
  explicit SizeHistory(const Pool& pool);
  /// A random one of all days before `day` (as traffic::day_of); `fallback` when there is none.
  [[nodiscard]] std::uint32_t draw(traffic::Direction direction, std::int64_t day, traffic::Random& random,
                                   std::uint32_t fallback) const;

 private:
  struct Day {
    std::int64_t number = 0;
    std::size_t before[2] = {0, 0};  ///< packets of earlier days, by direction
  };
  std::vector<Day> days_;
  std::vector<std::uint32_t> sizes_[2];  ///< by direction, day after day
};

class Front final : public CoverSchedule {
 public:
  /// `sizes` is not null.
  Front(const FrontOptions& options, std::shared_ptr<const SizeHistory> sizes, traffic::StreamKey key)
      : options_(options), sizes_(std::move(sizes)), random_(key) {}
  void user_packet(const traffic::DevicePacket& packet) override;
  bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) override;
  [[nodiscard]] traffic::Nanoseconds due() const override { return due_.empty() ? never : due_.top().time; }
  [[nodiscard]] traffic::Nanoseconds tail() const override;
  [[nodiscard]] bool endless() const override { return false; }
  void rest() override;

 private:
  void begin_session(traffic::Nanoseconds time);

  struct Later {
    bool operator()(const traffic::DevicePacket& a, const traffic::DevicePacket& b) const {
      return std::tie(a.time, a.direction, a.size) > std::tie(b.time, b.direction, b.size);
    }
  };
  FrontOptions options_;
  std::shared_ptr<const SizeHistory> sizes_;
  traffic::Random random_;
  bool begun_ = false;
  traffic::Nanoseconds last_ = 0;  ///< user packet
  std::priority_queue<traffic::DevicePacket, std::vector<traffic::DevicePacket>, Later> due_;
};

}  // namespace ipet::defence
