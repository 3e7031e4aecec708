// Classic pcap (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds; and its modification by
// Kuznetzov, which old routers write: 8 more bytes in front of each frame (interface, protocol, packet type).
#include <algorithm>
#include <vector>

#include "stages/capture/block_decoder.hpp"
#include "stages/capture/bytes.hpp"

namespace ipet::capture {

namespace {

constexpr std::size_t file_header = 24;
constexpr std::uint32_t nanosecond_magic = 0xa1b23c4d, modified_magic = 0xa1b2cd34;

class PcapFile final : public FrameReader {
 public:
  PcapFile(ByteSource source, const std::string& path) : FrameReader(std::move(source)) {
    const auto head = source_.peek(file_header);
    swapped_ = head[0] == 0xa1;  // the other byte order than ours
    if constexpr (std::endian::native == std::endian::big) swapped_ = !swapped_;
    const auto magic = load<std::uint32_t>(head.data(), swapped_);
    nanoseconds_ = magic == nanosecond_magic;
    record_header_ = magic == modified_magic ? 24 : 16;
    if (head.size() < file_header) {
      header_cut_ = true;
      return;
    }
    // The upper half tells of frame check sequences, which the lengths in the headers do not count.
    link_ = static_cast<LinkType>(load<std::uint32_t>(head.data() + 20, swapped_) & 0xffff);
    if (!is_supported(link_))
      throw CaptureError(path + ": link type " + std::to_string(static_cast<std::uint32_t>(link_)) +
                         " cannot be decoded (Ethernet, Linux cooked, 802.11, PPP, raw IP and loopback can)");
    source_.skip(file_header);
  }

  bool next(Frame& frame) override {
    if (at_ == block_.size) {
      at_ = 0;
      if (!next_block(block_, nullptr)) return false;
    }
    at_ += read_record(block_, block_.data.get() + at_, frame);
    return true;
  }

  [[nodiscard]] bool has_blocks() const override { return true; }

  /// The bytes of a record that the block has no room for wait in `rest_` for the next one.
  bool next_block(RecordBlock& block, DecodedBlock* decoded) override {
    block.size = block.records = 0;
    if (header_cut_) return cut_short("the file header");
    if (ended_) return false;
    if (!block.data) block.data = std::make_unique_for_overwrite<std::uint8_t[]>(RecordBlock::capacity);
    block.link = link_;
    block.swapped = swapped_;
    block.nanoseconds = nanoseconds_;
    block.record_header = record_header_;
    std::copy(rest_.begin(), rest_.end(), block.data.get());
    const std::uint64_t begin = source_.offset() - rest_.size();
    const std::size_t wanted = RecordBlock::capacity - rest_.size();
    const std::size_t got = source_.read(block.data.get() + rest_.size(), wanted);
    const Bytes bytes{rest_.size() + got, begin, got < wanted};
    if (decoded == nullptr) {
      find_records(block, bytes, [](const std::uint8_t*) {});
    } else {
      *decoded = DecodedBlock{};
      decoded->packets.reserve(most_records_);
      BlockDecoder decoder(block, *decoded);
      find_records(block, bytes, [&](const std::uint8_t* record) { decoder.take(record); });
      most_records_ = std::max(most_records_, block.records);
    }
    return block.records > 0;
  }

 private:
  /// What has been read for a block.
  struct Bytes {
    std::size_t size;
    std::uint64_t offset;  ///< in the file
    bool last;             ///< no more follow
  };

  /// Finds the whole records, and shows each of them.
  template <class Show>
  void find_records(RecordBlock& block, const Bytes& bytes, Show&& show) {
    const std::uint8_t* const data = block.data.get();
    std::size_t at = 0;
    while (bytes.size - at >= record_header_) {
      const auto captured = load<std::uint32_t>(data + at + 8, swapped_);
      if (captured > longest_frame) {
        damaged("a packet record of " + std::to_string(captured) + " bytes", bytes.offset + at);
        ended_ = true;
        break;
      }
      if (bytes.size - at - record_header_ < captured) break;
      show(data + at);
      at += record_header_ + captured;
      ++block.records;
    }
    block.size = at;
    if (bytes.last && !ended_) {
      ended_ = true;
      if (bytes.size > at)
        cut_short("a packet record", bytes.offset + at);
      else
        ended();
    }
    rest_.assign(data + at, data + (ended_ ? at : bytes.size));
  }

  bool swapped_ = false, nanoseconds_ = false, header_cut_ = false, ended_ = false;
  LinkType link_ = LinkType::ethernet;
  std::uint32_t record_header_ = 16;
  std::vector<std::uint8_t> rest_;
  std::size_t most_records_ = 0;  // of a block so far
  RecordBlock block_;             // that next() goes through
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<FrameReader> detail::open_pcap(ByteSource source, const std::string& path) {
  return std::make_unique<PcapFile>(std::move(source), path);
}

}  // namespace ipet::capture
