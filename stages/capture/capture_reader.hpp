// Reads a recording (one or more capture files) packet by packet, in time order and in bounded memory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "stages/capture/frame.hpp"
#include "stages/capture/statistics.hpp"
#include "stages/capture/time_order.hpp"

namespace ipet::capture {

class CaptureReader {
 public:
  /// Opens the first file. Throws CaptureError, here and when a later file is reached.
  explicit CaptureReader(std::vector<std::filesystem::path> files);

  /// Replaces `packets` by the next ones, at most `limit`, and none that is `span` or more later than the
  /// first. False when there are no more (what is in `packets` still counts).
  bool next(std::size_t limit, traffic::Nanoseconds span, std::vector<traffic::Packet>& packets);

  /// Complete after next() said false.
  [[nodiscard]] const CaptureStatistics& statistics() const { return statistics_; }
  /// "x.pcap: cut short within a packet record that begins at byte 1234", one per file that was cut short or
  /// holds nothing.
  [[nodiscard]] const std::vector<std::string>& file_losses() const { return file_losses_; }

 private:
  bool read_frame();
  void open_next();
  void refuse_overlap(traffic::Nanoseconds time) const;
  void close_file();
  /// A packet without a time gets that of the packet before it, or of the first that has one.
  void push_untimed(traffic::Packet& packet);
  void release_untimed(traffic::Nanoseconds time);

  std::vector<std::filesystem::path> files_;
  std::size_t next_file_ = 0;
  std::unique_ptr<FrameReader> frames_;
  std::uint64_t frames_before_ = 0;  // statistics_.frames when the open file was opened
  TimeOrder order_;
  bool timed_ = false;                    // a time is known
  bool first_of_file_ = true;             // no packet with a time has come from the open file
  std::vector<traffic::Packet> untimed_;  // packets before it
  CaptureStatistics statistics_;
  std::vector<std::string> file_losses_;
};

}  // namespace ipet::capture
