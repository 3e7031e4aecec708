// A classic pcap file (microseconds, Ethernet, little endian). libtins' own writer cannot cut records short,
// which makes captures of long recordings small.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "stages/files/output_file.hpp"

namespace ipet::synthesis {

class PcapFile {
 public:
  /// `snaplen` 0: whole packets. Errors of all functions are StorageError and begin with the file's name.
  PcapFile(std::filesystem::path file, storage::Staging& staging, std::uint32_t snaplen);

  /// `captured` are the first bytes of a packet of `length` bytes; nanoseconds are cut to microseconds.
  void write(std::int64_t nanoseconds, std::span<const std::uint8_t> captured, std::size_t length);
  /// Flushes to the disk and adds the complete file to those that wait for their names.
  void hand_over(storage::CompleteFiles& files);

 private:
  storage::OutputFile file_;
};

}  // namespace ipet::synthesis
