// Writes captures with nanosecond times, little endian: classic pcap (draft-ietf-opsawg-pcap), which holds
// one link type, or pcapng (draft-ietf-opsawg-pcapng) with an interface for each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <vector>

#include "stages/capture/frame.hpp"
#include "stages/files/output_file.hpp"

namespace ipet::defended_capture {

/// What the header of a pcap file says besides its link type.
struct PcapForm {
  bool microseconds = false;                       ///< the unit of its times; else nanoseconds
  std::uint32_t longest = capture::longest_frame;  ///< bytes that a frame may have
};

class FrameWriter {
 public:
  /// Errors are storage::StorageError that begin with the file's name. Of several link types, pcapng.
  FrameWriter(std::filesystem::path file, storage::Staging& staging, const std::set<capture::LinkType>& links,
              const PcapForm& form = {});

  /// `original`: bytes on the wire, of which `captured` are the first. `link` is one of the file's. Throws
  /// when the time does not fit pcap (before 1970, after 2106).
  void write(traffic::Nanoseconds time, capture::LinkType link, std::span<const std::uint8_t> captured,
             std::uint32_t original);
  /// Frames written so far, also the number of the last one (Wireshark's frame.number).
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  /// Adds the complete file to those that wait for their names.
  void hand_over(storage::CompleteFiles& files) { file_.hand_over(files); }

 private:
  void write_record(traffic::Nanoseconds time, std::span<const std::uint8_t> captured,
                    std::uint32_t original);
  void write_block(traffic::Nanoseconds time, std::uint32_t interface, std::span<const std::uint8_t> captured,
                   std::uint32_t original);

  storage::OutputFile file_;
  PcapForm form_;
  std::vector<capture::LinkType> interfaces_;  ///< of pcapng, by number; empty: pcap
  std::uint64_t frames_ = 0;
};

}  // namespace ipet::defended_capture
