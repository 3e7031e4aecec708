// Frames as they stand in capture files, before anything in them is looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "stages/capture/byte_source.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

/// Link types that can be decoded; values are those of the tcpdump.org registry (LINKTYPE_...).
enum class LinkType : std::uint32_t {
  null = 0,
  ethernet = 1,
  raw_bsd = 12,
  raw_openbsd = 14,
  raw = 101,
  loop = 108,
  linux_cooked = 113,
  ipv4 = 228,
  ipv6 = 229,
  linux_cooked_v2 = 276
};
[[nodiscard]] bool is_supported(LinkType link);

struct Frame {
  traffic::Nanoseconds time = 0;
  bool has_time = true;  ///< false: none in the file, or out of range
  LinkType link = LinkType::ethernet;
  const std::uint8_t* data = nullptr;  ///< valid until the next frame is read
  std::uint32_t captured = 0;          ///< bytes at `data`
  std::uint32_t original = 0;          ///< bytes on the wire; at least `captured`
};

/// Longest frame that is believed; longer records are damage. The limit of libpcap and Wireshark.
inline constexpr std::uint32_t longest_frame = 262'144;
/// Seconds since the epoch (year 2255) up to which times fit traffic::Nanoseconds with room to spare.
inline constexpr std::int64_t latest_second = 9'000'000'000;

class FrameReader {
 public:
  virtual ~FrameReader() = default;
  /// False at the end of what can be read.
  virtual bool next(Frame& frame) = 0;
  /// Why reading ended before the end of the file, with the offset; empty when it did not.
  [[nodiscard]] const std::string& loss() const { return loss_; }

 protected:
  explicit FrameReader(ByteSource source) : source_(std::move(source)) {}
  /// The data end within something; `what` is "a packet record". Always returns false.
  bool cut_short(const std::string& what);
  /// What stands here makes no sense. Always returns false.
  bool damaged(const std::string& what);
  /// The data end between records: well, unless decompression gave up.
  bool ended();

  ByteSource source_;
  std::string loss_;
};

/// Opens a pcap or pcapng file. Throws CaptureError with the path when it cannot be read, is empty, is no
/// capture, or is a pcap of a link type that cannot be decoded.
std::unique_ptr<FrameReader> open_capture_file(const std::filesystem::path& path);

namespace detail {
std::unique_ptr<FrameReader> open_pcap(ByteSource source, const std::string& path);
std::unique_ptr<FrameReader> open_pcapng(ByteSource source);
}  // namespace detail

}  // namespace ipet::capture
