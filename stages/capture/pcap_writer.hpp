// Writes classic pcap files (draft-ietf-opsawg-pcap) with nanosecond times, little endian.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "stages/capture/frame.hpp"
#include "stages/capture/output_file.hpp"

namespace ipet::capture {

class PcapWriter {
 public:
  /// Errors are std::runtime_error that begin with the file's name.
  PcapWriter(std::filesystem::path file, LinkType link);

  /// `original`: bytes on the wire, of which `captured` are the first. Throws when the time does not fit the
  /// format (before 1970, after 2106).
  void write(traffic::Nanoseconds time, std::span<const std::uint8_t> captured, std::uint32_t original);
  /// Frames written so far, also the number of the last one (Wireshark's frame.number).
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  /// The complete file under its temporary name.
  OutputFile finish();

 private:
  OutputFile file_;
  std::uint64_t frames_ = 0;
};

}  // namespace ipet::capture
