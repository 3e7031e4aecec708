#include "stages/capture/frame.hpp"

#include "stages/capture/bytes.hpp"

namespace ipet::capture {

namespace {

bool is_pcap(std::uint32_t magic) {
  return magic == 0xa1b2c3d4 || magic == 0xa1b23c4d || magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
}

}  // namespace

bool is_supported(LinkType link) {
  switch (link) {
    case LinkType::null:
    case LinkType::ethernet:
    case LinkType::raw_bsd:
    case LinkType::raw_openbsd:
    case LinkType::raw:
    case LinkType::loop:
    case LinkType::linux_cooked:
    case LinkType::ipv4:
    case LinkType::ipv6:
    case LinkType::linux_cooked_v2:
      return true;
  }
  return false;
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

std::unique_ptr<FrameReader> open_capture_file(const std::filesystem::path& path, FileChecksum* checksum) {
  const std::string name = path.string();
  ByteSource source(open_input(path, checksum));
  const auto head = source.peek(4);
  if (head.empty())
    throw CaptureError(name + ": " +
                       (source.damage().empty() ? "empty file, not a capture" : source.damage()));
  if (head.size() >= 4) {
    const auto magic = load<std::uint32_t>(head.data(), false);
    if (is_pcap(magic)) return detail::open_pcap(std::move(source), name);
    if (magic == 0x0a0d0d0a) return detail::open_pcapng(std::move(source));
  }
  throw CaptureError(name + ": not a capture (neither pcap nor pcapng)");
}

}  // namespace ipet::capture
