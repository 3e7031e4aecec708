// Cuts one device's packets into windows of equal time slots (stages/windows/README.md "Windows"). All time
// arithmetic is on integer nanoseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/windows/window.hpp"

namespace ipet::windows {

enum class Placement {
  anchored,  ///< a window starts at a packet; the first packet at or after its end starts the next one
  tiled      ///< windows follow each other without gaps from the first packet on, idle ones included
};
inline constexpr text::Word<Placement> placements[] = {{"anchored", Placement::anchored},
                                                       {"tiled", Placement::tiled}};

/// What the silence of a window is, in seconds. Gaps are between packets of the device in one recording.
///
/// before: from the packet before the window's first packet to that first packet; 0 for the first window. A
///         tiled window without packets has the time from the last packet to its end: how long the device has
///         been silent once the window is complete.
/// after:  from the window's last packet to the packet that follows it. A tiled window without packets has
///         the time from its start to the next packet (the mirror image of `before`). The last window of a
///         recording, which no packet follows, is dropped.
enum class Silence { before, after };
inline constexpr text::Word<Silence> silences[] = {{"before", Silence::before}, {"after", Silence::after}};

struct WindowSettings {
  std::chrono::nanoseconds total_time = std::chrono::seconds(4);
  std::chrono::nanoseconds omega = std::chrono::milliseconds(100);  ///< divides total_time exactly
  Placement placement = Placement::anchored;
  Silence silence = Silence::before;
  /// Tiled: in a longer gap between two packets, windows stop after this time and go on, in their grid, with
  /// the next packet. A wrong clock (1970, then today) must not become years of idle windows.
  std::chrono::nanoseconds longest_gap = std::chrono::days(30);

  [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(total_time / omega); }
  [[nodiscard]] double omega_seconds() const;
  [[nodiscard]] double total_seconds() const;
  /// The setting that is wrong, and why; no reason where all are right.
  [[nodiscard]] std::pair<std::string, std::string> fault() const;
};

/// Windows as they are finished, without their labels.
struct Windows {
  std::vector<float> features;              ///< [window, slot, column]
  std::vector<double> silence;              ///< [window], seconds
  std::vector<traffic::Nanoseconds> start;  ///< [window]

  [[nodiscard]] std::size_t size() const { return start.size(); }
  void clear();
};

class Windowing {
 public:
  /// Called whenever `batch_windows` windows are finished; what it takes must be copied or moved out, the
  /// windower clears the rest.
  using Flush = std::function<void(Windows&)>;

  /// Throws std::invalid_argument where the settings have a fault.
  explicit Windowing(const WindowSettings& settings, std::size_t batch_windows = 512);

  /// Packets in time order. Throws std::logic_error when one is older than the one before it.
  void add(std::span<const traffic::DevicePacket> packets, const Flush& flush);
  /// Flushes finished windows before a batch is full, so that a device that is seldom heard holds none.
  void flush_finished(const Flush& flush);
  /// The recording ends: finishes the open window and flushes what is left.
  void end(const Flush& flush);
  /// Idle windows left out because of longest_gap.
  [[nodiscard]] std::int64_t skipped() const { return skipped_; }
  /// Packets of the last window, which no packet follows, where it is dropped (Silence::after).
  [[nodiscard]] std::uint64_t dropped_packets() const { return dropped_packets_; }

 private:
  void add(const traffic::DevicePacket& packet, const Flush& flush);
  void open(traffic::Nanoseconds start);
  void begin_slot(traffic::Nanoseconds time);
  /// Finishes the open window; `next` is the packet that follows.
  void close(traffic::Nanoseconds next, const Flush& flush);
  void close_idle(traffic::Nanoseconds next, const Flush& flush);
  void emit(traffic::Nanoseconds silence, const Flush& flush);

  WindowSettings settings_;
  traffic::Nanoseconds total_time_, omega_;
  std::size_t batch_windows_;
  Windows done_;
  std::vector<std::uint64_t> sums_;  // [slot, column] of the open window
  std::vector<std::size_t> busy_;    // slots with packets: most have none
  std::size_t slot_ = 0;             // of the last packet
  traffic::Nanoseconds slot_start_ = 0;
  bool started_ = false;            // a packet has been seen
  traffic::Nanoseconds start_ = 0;  // of the open window
  traffic::Nanoseconds first_gap_ = 0;
  traffic::Nanoseconds last_packet_ = 0;
  std::int64_t skipped_ = 0;
  std::uint64_t dropped_packets_ = 0;
};

}  // namespace ipet::windows
