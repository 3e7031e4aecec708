// Classic pcap (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds.
#include "stages/capture/bytes.hpp"
#include "stages/capture/frame.hpp"

namespace ipet::capture {

namespace {

constexpr std::size_t file_header = 24, record_header = 16;

class PcapFile final : public FrameReader {
 public:
  PcapFile(ByteSource source, const std::string& path) : FrameReader(std::move(source)) {
    const auto head = source_.peek(file_header);
    const auto magic = load<std::uint32_t>(head.data(), false);
    swapped_ = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    nanoseconds_ = magic == 0xa1b23c4d || magic == 0x4d3cb2a1;
    if (head.size() < file_header) {
      header_cut_ = true;
      return;
    }
    // The upper half tells of frame check sequences, which the lengths in the headers do not count.
    link_ = static_cast<LinkType>(load<std::uint32_t>(head.data() + 20, swapped_) & 0xffff);
    if (!is_supported(link_))
      throw CaptureError(path + ": link type " + std::to_string(static_cast<std::uint32_t>(link_)) +
                         " cannot be decoded (Ethernet, Linux cooked, raw IP and loopback can)");
    source_.skip(file_header);
  }

  bool next(Frame& frame) override {
    if (header_cut_) return cut_short("the file header");
    auto bytes = source_.peek(record_header);
    if (bytes.empty()) return ended();
    if (bytes.size() < record_header) return cut_short("a packet record");
    const auto captured = load<std::uint32_t>(bytes.data() + 8, swapped_);
    if (captured > longest_frame) return damaged("a packet record of " + std::to_string(captured) + " bytes");
    bytes = source_.peek(record_header + captured);
    if (bytes.size() < record_header + captured) return cut_short("a packet record");
    const auto seconds = load<std::uint32_t>(bytes.data(), swapped_);
    const auto fraction = load<std::uint32_t>(bytes.data() + 4, swapped_);
    frame.time = std::int64_t{seconds} * traffic::second + std::int64_t{fraction} * (nanoseconds_ ? 1 : 1000);
    frame.has_time = true;
    frame.link = link_;
    frame.data = bytes.data() + record_header;
    frame.captured = captured;
    frame.original = std::max(captured, load<std::uint32_t>(bytes.data() + 12, swapped_));
    source_.skip(record_header + captured);
    return true;
  }

 private:
  bool swapped_ = false, nanoseconds_ = false, header_cut_ = false;
  LinkType link_ = LinkType::ethernet;
};

}  // namespace

std::unique_ptr<FrameReader> detail::open_pcap(ByteSource source, const std::string& path) {
  return std::make_unique<PcapFile>(std::move(source), path);
}

}  // namespace ipet::capture
