// Writes classic pcap files (draft-ietf-opsawg-pcap) with nanosecond times, little endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "stages/capture/frame.hpp"
#include "stages/storage/output_file.hpp"

namespace ipet::defended_capture {

class PcapWriter {
 public:
  /// Errors are storage::StorageError that begin with the file's name.
  PcapWriter(std::filesystem::path file, storage::Staging& staging, capture::LinkType link);

  /// `original`: bytes on the wire, of which `captured` are the first. Throws when the time does not fit the
  /// format (before 1970, after 2106).
  void write(traffic::Nanoseconds time, std::span<const std::uint8_t> captured, std::uint32_t original);
  /// Frames written so far, also the number of the last one (Wireshark's frame.number).
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  /// Adds the complete file to those that wait for their names.
  void hand_over(storage::CompleteFiles& files);

 private:
  storage::OutputFile file_;
  std::uint64_t frames_ = 0;
};

}  // namespace ipet::defended_capture
