// Frames as they stand in capture files, before anything in them is looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "pipeline/text/words.hpp"
#include "stages/capture/byte_source.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

/// Link types that can be decoded; values are those of the tcpdump.org registry (LINKTYPE_...).
enum class LinkType : std::uint32_t {
  null = 0,
  ethernet = 1,
  ppp = 9,
  raw_bsd = 12,
  raw_openbsd = 14,
  ppp_hdlc = 50,
  ppp_ethernet = 51,
  raw = 101,
  ieee802_11 = 105,
  loop = 108,
  linux_cooked = 113,
  ieee802_11_radiotap = 127,
  ipv4 = 228,
  ipv6 = 229,
  linux_cooked_v2 = 276
};
[[nodiscard]] bool is_supported(LinkType link);

/// Which packet counts where one is within another (GRE, IP in IP, 6in4, VXLAN): the outer one, which an
/// observer of the line sees, or the inner one, which tells what a tap sent home in a tunnel has seen.
enum class Tunnels : std::uint8_t { outer, inner };
inline constexpr text::Word<Tunnels> tunnel_words[] = {{"outer", Tunnels::outer}, {"inner", Tunnels::inner}};

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

/// Whole records of a classic pcap file, one after the other, as they stand in it.
struct RecordBlock {
  static constexpr std::size_t longest_record_header = 24;
  /// What a block holds beside room for the longest frame. Blocks of 320 KiB stay in the second level of the
  /// cache with what is decoded from them; of 770 KiB they do not, and reading is a fifth slower.
  static constexpr std::size_t usual_bytes = std::size_t{64} << 10;

  std::unique_ptr<std::uint8_t[]> data;  ///< of `capacity` bytes; reused from block to block
  std::size_t size = 0;                  ///< of the records
  std::size_t records = 0;
  LinkType link = LinkType::ethernet;
  std::uint32_t record_header = 16;           ///< bytes before a frame
  bool swapped = false, nanoseconds = false;  ///< byte order of the headers, unit of the times
  Tunnels tunnels = Tunnels::outer;           ///< as whoever owns the block wants them

  static constexpr std::size_t capacity = usual_bytes + longest_record_header + longest_frame;
};

struct DecodedBlock;

class FrameReader {
 public:
  virtual ~FrameReader() = default;
  /// False at the end of what can be read.
  virtual bool next(Frame& frame) = 0;
  /// Whether it gives its frames in blocks, too: only where a record tells all of itself.
  [[nodiscard]] virtual bool has_blocks() const { return false; }
  /// Replaces `block` by the records that follow the last block; false at the end. Not to be mixed with
  /// next(). `decoded`, where there is one, is replaced by what decode_block() would make of it, in the same
  /// go.
  virtual bool next_block(RecordBlock& block, DecodedBlock* decoded) {
    static_cast<void>(block);
    static_cast<void>(decoded);
    return false;
  }
  /// Why reading ended before the end of the file, with the offset; empty when it did not.
  [[nodiscard]] const std::string& loss() const { return loss_; }

 protected:
  explicit FrameReader(ByteSource source) : source_(std::move(source)) {}
  /// The data end within something; `what` is "a packet record". Always returns false.
  bool cut_short(const std::string& what) { return cut_short(what, source_.offset()); }
  bool cut_short(const std::string& what, std::uint64_t offset);
  /// What stands here makes no sense. Always returns false.
  bool damaged(const std::string& what) { return damaged(what, source_.offset()); }
  bool damaged(const std::string& what, std::uint64_t offset);
  /// The data end between records: well, unless decompression gave up.
  bool ended();

  ByteSource source_;
  std::string loss_;
};

/// Opens a pcap or pcapng file. Throws CaptureError with the path when it cannot be read, is empty, is no
/// capture, or is a pcap of a link type that cannot be decoded. `checksum` as in open_input.
std::unique_ptr<FrameReader> open_capture_file(const std::filesystem::path& path,
                                               FileChecksum* checksum = nullptr);
/// The same of an input; errors begin with `name`.
std::unique_ptr<FrameReader> open_capture(std::unique_ptr<Input> input, const std::string& name);

/// Whether bytes begin like a pcap or pcapng file.
[[nodiscard]] bool begins_like_a_capture(std::span<const std::uint8_t> head);

namespace detail {
std::unique_ptr<FrameReader> open_pcap(ByteSource source, const std::string& path);
std::unique_ptr<FrameReader> open_pcapng(ByteSource source);
}  // namespace detail

}  // namespace ipet::capture
