// Reads a recording (one or more capture files) packet by packet, in time order and in bounded memory.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stages/capture/frame.hpp"
#include "stages/capture/record_block.hpp"
#include "stages/capture/statistics.hpp"
#include "stages/capture/time_order.hpp"

namespace ipet::capture {

struct ReadingOptions {
  /// Blocks of a pcap file, of about a MiB each, that are read ahead and decoded in parallel.
  std::size_t blocks_at_once = 1;
  bool checksums = false;  ///< of the files, gathered on the way
};

/// What provenance says of a file that was read.
struct FileRead {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string checksum;  ///< XXH3-128, 32 hexadecimal digits
};

class CaptureReader {
 public:
  /// Opens the first file. Throws CaptureError, here and when a later file is reached.
  explicit CaptureReader(std::vector<std::filesystem::path> files, ReadingOptions options = {});

  /// Replaces `packets` by the next ones, at most `limit`, and none that is `span` or more later than the
  /// first. False when there are no more (what is in `packets` still counts).
  bool next(std::size_t limit, traffic::Nanoseconds span, std::vector<traffic::Packet>& packets);

  /// With ReadingOptions::checksums: files read to their end since the last call.
  std::vector<FileRead> take_files_read() { return std::exchange(files_read_, {}); }
  /// Complete after next() said false.
  [[nodiscard]] const CaptureStatistics& statistics() const { return statistics_; }
  /// "x.pcap: cut short within a packet record that begins at byte 1234", one per file that was cut short or
  /// holds nothing.
  [[nodiscard]] const std::vector<std::string>& file_losses() const { return file_losses_; }

 private:
  /// Makes some packets ready. False when there are none left.
  bool read_some();
  bool read_blocks();
  bool read_frames();
  void take(DecodedBlock& block);
  void take(const Frame& frame, std::vector<traffic::Packet>& ready);
  void begin_packets(traffic::Nanoseconds time);
  /// The open file is read; goes on to the next one.
  void end_of_file();
  void open_next();
  void refuse_overlap(traffic::Nanoseconds time) const;
  void close_file();
  /// A packet without a time gets that of the packet before it, or of the first that has one.
  void push_untimed(traffic::Packet& packet);
  void release_untimed(traffic::Nanoseconds time);

  ReadingOptions options_;
  std::vector<std::filesystem::path> files_;
  std::size_t next_file_ = 0;
  std::unique_ptr<FrameReader> frames_;
  std::uint64_t frames_before_ = 0;  // statistics_.frames when the open file was opened
  std::unique_ptr<FileChecksum> checksum_;
  std::vector<RecordBlock> blocks_;
  std::vector<DecodedBlock> decoded_;
  TimeOrder order_;
  std::deque<std::vector<traffic::Packet>> ready_;  // in order, none of them empty
  std::size_t taken_ = 0;                           // of the first of them
  bool timed_ = false;                              // a time is known
  bool first_of_file_ = true;                       // no packet with a time has come from the open file
  std::vector<traffic::Packet> untimed_;            // packets before it
  CaptureStatistics statistics_;
  std::vector<std::string> file_losses_;
  std::vector<FileRead> files_read_;
};

}  // namespace ipet::capture
