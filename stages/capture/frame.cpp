#include "stages/capture/frame.hpp"

#include "stages/capture/bytes.hpp"
#include "stages/capture/compression.hpp"

namespace ipet::capture {

namespace {

constexpr std::uint32_t pcapng_magic = 0x0a0d0d0a;

bool is_pcap(std::uint32_t magic) {
  for (const std::uint32_t each : {0xa1b2c3d4U, 0xa1b23c4dU, 0xa1b2cd34U})
    if (magic == each || magic == swap_bytes(each)) return true;
  return false;
}

}  // namespace

bool is_supported(LinkType link) {
  using enum LinkType;
  constexpr LinkType known[] = {
      null,        ethernet, ppp,  ppp_hdlc,     ppp_ethernet, ieee802_11, ieee802_11_radiotap, raw_bsd,
      raw_openbsd, raw,      loop, linux_cooked, ipv4,         ipv6,       linux_cooked_v2};
  return std::ranges::find(known, link) != std::end(known);
}

bool FrameReader::cut_short(const std::string& what, std::uint64_t offset) {
  loss_ = "cut short within " + what + " that begins at byte " + std::to_string(offset);
  if (!source_.damage().empty()) loss_ += " (" + source_.damage() + ")";
  return false;
}

bool FrameReader::damaged(const std::string& what, std::uint64_t offset) {
  loss_ = "damaged at byte " + std::to_string(offset) + ": " + what + "; the rest is left out";
  return false;
}

bool FrameReader::ended() {
  if (!source_.damage().empty())
    loss_ = "ends early after byte " + std::to_string(source_.offset()) + ": " + source_.damage();
  return false;
}

bool begins_like_a_capture(std::span<const std::uint8_t> head) {
  if (head.size() < 4) return false;
  const auto magic = load<std::uint32_t>(head.data(), false);
  return is_pcap(magic) || magic == pcapng_magic;
}

std::unique_ptr<FrameReader> open_capture_file(const std::filesystem::path& path, FileChecksum* checksum) {
  return open_capture(open_input(path, checksum), path == "-" ? "standard input" : path.string());
}

std::unique_ptr<FrameReader> open_capture(std::unique_ptr<Input> input, const std::string& name) {
  ByteSource source(std::move(input));
  const auto head = source.peek(12);
  if (head.empty())
    throw CaptureError(name + ": " +
                       (source.damage().empty() ? "empty file, not a capture" : source.damage()));
  if (!begins_like_a_capture(head)) {
    const std::string what = head.size() < 4 ? source.damage() : what_else_it_is(head);
    throw CaptureError(name + ": not a capture (" + (what.empty() ? "neither pcap nor pcapng" : what) + ")");
  }
  const bool ng = load<std::uint32_t>(head.data(), false) == pcapng_magic;
  return ng ? detail::open_pcapng(std::move(source)) : detail::open_pcap(std::move(source), name);
}

}  // namespace ipet::capture
