// Frames and capture files made by hand, byte by byte, for the tests of this folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "stages/capture/pcap_reader.hpp"

namespace ipet::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Big endian (network order).
inline Bytes be16(std::uint32_t v) {
  return {static_cast<std::uint8_t>(v >> 8), static_cast<std::uint8_t>(v)};
}
inline Bytes be32(std::uint32_t v) {
  return be16(v >> 16) + be16(v & 0xffff);
}
inline Bytes le16(std::uint32_t v) {
  return {static_cast<std::uint8_t>(v), static_cast<std::uint8_t>(v >> 8)};
}
inline Bytes le32(std::uint32_t v) {
  return le16(v & 0xffff) + le16(v >> 16);
}

inline const Bytes mac_a{0x02, 0, 0, 0, 0, 0x0a}, mac_b{0x02, 0, 0, 0, 0, 0x0b};

inline Bytes tcp_header(unsigned options = 0) {
  return be16(1000) + be16(443) + be32(1) + be32(2) +
         Bytes{static_cast<std::uint8_t>((5 + options / 4) << 4), 0x18} + be16(100) + be16(0) + be16(0) +
         Bytes(options, 1);
}
/// `length` as in the header: 8 and the payload.
inline Bytes udp_header(std::uint32_t length) {
  return be16(5000) + be16(53) + be16(length) + be16(0);
}
/// 192.168.1.2 to 8.8.8.8.
inline Bytes ipv4(std::uint8_t protocol, const Bytes& content, unsigned options = 0,
                  std::uint32_t fragment = 0, int total = -1) {
  const auto length = static_cast<std::uint32_t>(20 + options + content.size());
  return Bytes{static_cast<std::uint8_t>(0x45 + options / 4), 0} +
         be16(total < 0 ? length : static_cast<std::uint32_t>(total)) + be16(7) + be16(fragment) +
         Bytes{64, protocol} + be16(0) + Bytes{192, 168, 1, 2, 8, 8, 8, 8} + Bytes(options, 1) + content;
}
/// fd00::2 to 2001:db8::1.
inline Bytes ipv6(std::uint8_t next, const Bytes& content, int length = -1) {
  return be32(0x60000000) +
         be16(length < 0 ? static_cast<std::uint32_t>(content.size()) : static_cast<std::uint32_t>(length)) +
         Bytes{next, 64} + Bytes{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2} +
         Bytes{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1} + content;
}
inline Bytes ethernet(std::uint32_t type, const Bytes& content) {
  return mac_b + mac_a + be16(type) + content;
}
inline Bytes payload(std::size_t size) {
  return Bytes(size, 0x5a);
}
inline Bytes udp_frame(std::size_t size) {
  return ethernet(0x0800, ipv4(17, udp_header(static_cast<std::uint32_t>(8 + size)) + payload(size)));
}

/// Little-endian classic pcap.
inline Bytes pcap_header(std::uint32_t link = 1, std::uint32_t magic = 0xa1b2c3d4) {
  return le32(magic) + le16(2) + le16(4) + le32(0) + le32(0) + le32(65535) + le32(link);
}
inline Bytes pcap_record(std::uint32_t seconds, std::uint32_t fraction, const Bytes& frame,
                         std::uint32_t original = 0) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  return le32(seconds) + le32(fraction) + le32(size) + le32(original == 0 ? size : original) + frame;
}

/// A file that is removed again.
class TemporaryFile {
 public:
  explicit TemporaryFile(const Bytes& content, const std::string& ending = ".pcap") {
    static std::atomic<int> number{0};
    path_ = std::filesystem::temp_directory_path() /
            ("ipet-test-" + std::to_string(::getpid()) + "-" + std::to_string(number++) + ending);
    write(content);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }
  void write(const Bytes& content) const {
    std::ofstream out(path_, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string text() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

struct Decoded {
  std::vector<traffic::Packet> packets;
  capture::CaptureStatistics statistics;
  std::vector<std::string> file_losses;
};

inline Decoded read_all(std::vector<std::filesystem::path> files, std::size_t batch = 100) {
  capture::PcapReader reader(std::move(files));
  Decoded decoded;
  std::vector<traffic::Packet> packets;
  bool more = true;
  while (more) {
    more = reader.next(batch, traffic::day, packets);
    decoded.packets.insert(decoded.packets.end(), packets.begin(), packets.end());
  }
  decoded.statistics = reader.statistics();
  decoded.file_losses = reader.file_losses();
  return decoded;
}
inline Decoded read_bytes(const Bytes& content) {
  const TemporaryFile file(content);
  return read_all({file.path()});
}
/// One frame in a capture of a link type.
inline Decoded read_frame(std::uint32_t link, const Bytes& frame, std::uint32_t original = 0) {
  return read_bytes(pcap_header(link) + pcap_record(1, 2, frame, original));
}

}  // namespace ipet::test
