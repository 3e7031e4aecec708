// A classic pcap file (microseconds, Ethernet, little endian) that appears under its name when it is
// complete. libtins' own writer cannot cut records short, which makes captures of long recordings small.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

namespace ipet::synthesis {

/// Writes `text` under a temporary name beside `file`, then renames. Throws std::runtime_error naming the
/// file.
void write_text(const std::filesystem::path& file, const std::string& text);

class PcapFile {
 public:
  /// `snaplen` 0: whole packets. Throws std::runtime_error naming the file, as all functions do.
  PcapFile(std::filesystem::path file, std::uint32_t snaplen);
  PcapFile(const PcapFile&) = delete;
  PcapFile& operator=(const PcapFile&) = delete;
  /// Removes the temporary file when close() was not reached.
  ~PcapFile();

  /// `captured` are the first bytes of a packet of `length` bytes; nanoseconds are cut to microseconds.
  void write(std::int64_t nanoseconds, std::span<const std::uint8_t> captured, std::size_t length);
  void close();

 private:
  [[noreturn]] void fail(const char* doing) const;

  std::filesystem::path file_, temporary_;
  std::ofstream stream_;
  bool closed_ = false;
};

}  // namespace ipet::synthesis
