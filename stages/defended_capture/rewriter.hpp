// One recording: its frames and its dummies to a pcap and a table.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stages/capture/frame_sequence.hpp"
#include "stages/capture/packet_times.hpp"
#include "stages/defended_capture/dummies.hpp"
#include "stages/defended_capture/frame_writer.hpp"
#include "stages/defended_capture/pcap_writer.hpp"
#include "stages/defended_capture/routes.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defended_capture {

class Rewriter {
 public:
  /// `pcap`: the final name of the output, which ends in .pcapng where the recording has several link types;
  /// `summary` and `dummies` are of the recording. Throws capture::CaptureError.
  Rewriter(const WriterSettings& settings, const traffic::CaptureSummary& summary, DummyMerge dummies,
           std::filesystem::path pcap, storage::Staging& staging);

  /// `step` is called now and then and may throw.
  void run(const std::function<void()>& step);
  /// Adds the complete files to those that wait for their names.
  void hand_over(storage::CompleteFiles& files);

  [[nodiscard]] const std::filesystem::path& file() const { return pcap_name_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::uint64_t dummies() const { return dummies_written_; }
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  void copy(const capture::Frame& frame, const traffic::Packet* packet);
  /// When a frame came as far as it is known: no packet tells of a wrong time of other frames.
  [[nodiscard]] std::optional<traffic::Nanoseconds> believed_time(const capture::Frame& frame,
                                                                  const traffic::Packet* packet);
  /// As it is written: that of the newest before where a frame has none.
  traffic::Nanoseconds time_of(const capture::Frame& frame, const traffic::Packet* packet);
  void write_dummies_before(std::optional<traffic::Nanoseconds> time);
  void write_dummy(const Dummy& dummy, const std::string& device);
  /// Looks ahead in the recording for devices that were not seen yet.
  const Route& route_of(const std::string& device, const Relay*& relay);

  const WriterSettings& settings_;
  const traffic::CaptureSummary& summary_;
  DummyMerge dummies_;
  std::vector<std::filesystem::path> files_;
  std::set<capture::LinkType> links_;
  std::filesystem::path pcap_name_;
  capture::FrameSequence source_;
  capture::PacketTimes times_;
  capture::PacketTimes::Verdict current_;  ///< of the last packet
  Routes routes_;
  std::optional<Routes> ahead_;  ///< knows every device of the recording
  FrameWriter pcap_;
  storage::OutputFile table_;
  traffic::Random random_;
  traffic::Nanoseconds newest_ = 0;
  bool timed_ = false;
  std::vector<std::uint8_t> payload_, frame_;
  std::uint64_t frames_ = 0, dummies_written_ = 0, cut_ = 0, untimed_ = 0;
};

}  // namespace ipet::defended_capture
