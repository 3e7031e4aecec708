// When the packets of a recording came, for whoever reads its frames again: what CaptureReader made of their
// times.
#pragma once

#include <deque>
#include <filesystem>
#include <vector>

#include "stages/capture/clock_watch.hpp"
#include "stages/capture/frame_sequence.hpp"

namespace ipet::capture {

/// One for each TCP or UDP packet, in the order of the files.
class PacketTimes {
 public:
  struct Verdict {
    traffic::Nanoseconds time = 0;   ///< that is believed
    traffic::Nanoseconds shift = 0;  ///< by which times in the file are moved here
    std::uint32_t part = 0;          ///< of the recording
  };

  PacketTimes(std::vector<std::filesystem::path> files, ClockSteps steps)
      : frames_(std::move(files)), clock_(steps) {}

  /// What became of the next packet; null after the last one. Stays the same until pop().
  const Verdict* next();
  void pop() { ready_.pop_front(); }

 private:
  void read_some();

  FrameSequence frames_;  ///< ahead of whoever asks
  ClockWatch clock_;
  std::size_t files_ = 0;
  bool ended_ = false;
  std::deque<Verdict> ready_;
};

}  // namespace ipet::capture
