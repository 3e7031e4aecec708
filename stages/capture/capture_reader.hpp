// Reads a recording (one or more capture files) packet by packet, in time order and in bounded memory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stages/capture/frame.hpp"
#include "stages/capture/ordered_packets.hpp"
#include "stages/capture/record_block.hpp"
#include "stages/capture/statistics.hpp"

namespace ipet::capture {

struct ReadingOptions {
  /// Blocks of a pcap file, of 320 KiB each, that are read ahead and decoded in parallel.
  std::size_t blocks_at_once = 1;
  bool checksums = false;  ///< of the files, gathered on the way
  Tunnels tunnels = Tunnels::outer;
  ClockSteps clock_steps = ClockSteps::split;
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
  /// first, all of one part of the recording. False when there are no more (what is in `packets` still
  /// counts).
  bool next(std::size_t limit, traffic::Nanoseconds span, std::vector<traffic::Packet>& packets);
  /// The part that those packets belong to, from 0: steps of the clock divide a recording into parts
  /// (clock_watch.hpp).
  [[nodiscard]] std::uint32_t part() const { return order_.part(); }

  /// With ReadingOptions::checksums: files read to their end since the last call.
  std::vector<FileRead> take_files_read() { return std::exchange(files_read_, {}); }
  /// Complete after next() said false.
  [[nodiscard]] const CaptureStatistics& statistics() const { return statistics_; }
  /// "x.pcap: cut short within a packet record that begins at byte 1234", one per file that was cut short or
  /// holds nothing.
  [[nodiscard]] const std::vector<std::string>& file_losses() const { return file_losses_; }
  /// What is wrong with the clock, the first few times: "x.pcap: the clock steps back by 3600.0 s, ...".
  [[nodiscard]] std::vector<std::string> clock_notes() const;

 private:
  /// Makes some packets ready. False when there are none left.
  bool read_some();
  bool read_blocks();
  bool read_frames();
  void take(DecodedBlock& block);
  void take(const Frame& frame);
  /// The open file is read; goes on to the next one.
  void end_of_file();
  void open_next();
  void close_file();

  ReadingOptions options_;
  std::vector<std::filesystem::path> files_;
  std::size_t next_file_ = 0;
  std::unique_ptr<FrameReader> frames_;
  std::uint64_t frames_before_ = 0;  // statistics_.frames when the open file was opened
  std::unique_ptr<FileChecksum> checksum_;
  std::vector<RecordBlock> blocks_;
  std::vector<DecodedBlock> decoded_;
  OrderedPackets order_;
  CaptureStatistics statistics_;
  std::vector<std::string> file_losses_;
  std::vector<FileRead> files_read_;
};

}  // namespace ipet::capture
