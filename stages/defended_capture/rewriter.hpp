// One recording: its frames and its dummies to a pcap and a table.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stages/capture/frame_sequence.hpp"
#include "stages/defended_capture/dummies.hpp"
#include "stages/defended_capture/pcap_writer.hpp"
#include "stages/defended_capture/routes.hpp"
#include "stages/defended_capture/writer.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defended_capture {

class Rewriter {
 public:
  /// `pcap`: the final name of the output; `summary` and `dummies` are of the recording.
  Rewriter(const WriterSettings& settings, const traffic::CaptureSummary& summary, DummyMerge dummies,
           std::filesystem::path pcap, storage::Staging& staging);

  /// `step` is called now and then and may throw.
  void run(const std::function<void()>& step);
  /// Adds the complete files to those that wait for their names.
  void hand_over(storage::CompleteFiles& files);

  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::uint64_t dummies() const { return dummies_written_; }
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  void copy(const capture::Frame& frame);
  void set_link(const capture::Frame& frame);
  /// Time of a frame: that of the newest before where it has none.
  traffic::Nanoseconds time_of(const capture::Frame& frame);
  void write_dummies_before(std::optional<traffic::Nanoseconds> time);
  void write_dummy(const Dummy& dummy, const std::string& device);
  /// Looks ahead in the recording for devices that were not seen yet.
  const Route& route_of(const std::string& device, const Relay*& relay);

  const WriterSettings& settings_;
  const traffic::CaptureSummary& summary_;
  DummyMerge dummies_;
  std::vector<std::filesystem::path> files_;
  std::filesystem::path pcap_name_;
  storage::Staging& staging_;
  capture::FrameSequence source_;
  Routes routes_;
  std::optional<Routes> ahead_;  ///< knows every device of the recording
  std::optional<PcapWriter> pcap_;
  capture::LinkType link_ = capture::LinkType::ethernet;
  storage::OutputFile table_;
  traffic::Random random_;
  traffic::Nanoseconds newest_ = 0;
  bool timed_ = false;
  std::vector<std::uint8_t> payload_, frame_;
  std::uint64_t frames_ = 0, dummies_written_ = 0, cut_ = 0, untimed_ = 0;
};

}  // namespace ipet::defended_capture
