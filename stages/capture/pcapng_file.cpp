// pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces with their own link type and
// clock, enhanced, simple and (obsolete) packet blocks.
#include <algorithm>
#include <optional>
#include <vector>

#include "stages/capture/bytes.hpp"
#include "stages/capture/frame.hpp"

namespace ipet::capture {

namespace {

enum Block : std::uint32_t {
  section_header = 0x0a0d0d0a,
  interface_description = 1,
  obsolete_packet = 2,
  simple_packet = 3,
  enhanced_packet = 6
};
enum Option : std::uint16_t { end_of_options = 0, if_tsresol = 9, if_tsoffset = 14 };

__extension__ typedef unsigned __int128 Wide;

/// The clock of an interface.
struct Clock {
  std::uint64_t units_per_second = 1'000'000;  ///< 0: the file gives a resolution that no integer holds
  std::int64_t offset = 0;                     ///< seconds

  void set_resolution(std::uint8_t value) {
    const unsigned exponent = value & 0x7f;
    units_per_second = 0;
    if (value & 0x80) {
      if (exponent < 64) units_per_second = std::uint64_t{1} << exponent;
    } else if (exponent <= 19) {
      units_per_second = 1;
      for (unsigned i = 0; i < exponent; ++i) units_per_second *= 10;
    }
  }

  /// Rounded down to nanoseconds; none when out of range.
  [[nodiscard]] std::optional<traffic::Nanoseconds> time(std::uint64_t ticks) const {
    if (units_per_second == 0) return std::nullopt;
    const std::uint64_t seconds = ticks / units_per_second, rest = ticks % units_per_second;
    if (seconds > latest_second || offset > latest_second || offset < -latest_second) return std::nullopt;
    const std::int64_t total = static_cast<std::int64_t>(seconds) + offset;
    if (total < 0 || total > latest_second) return std::nullopt;
    const auto fraction = static_cast<std::int64_t>(Wide{rest} * 1'000'000'000u / units_per_second);
    return total * traffic::second + fraction;
  }
};

struct Interface {
  LinkType link = LinkType::ethernet;
  std::uint32_t snap_length = 0;  ///< 0: unlimited
  Clock clock;
};

class PcapngFile final : public FrameReader {
 public:
  explicit PcapngFile(ByteSource source) : FrameReader(std::move(source)) {}

  bool next(Frame& frame) override {
    source_.skip(pending_);
    pending_ = 0;
    for (;;) {
      auto head = source_.peek(12);
      if (head.empty()) return ended();
      if (head.size() < 12) return cut_short("a block");
      if (load<std::uint32_t>(head.data(), false) == section_header) {
        if (!begin_section(head.data() + 8)) return false;
        head = source_.peek(12);  // the buffer may have moved
      }
      const auto type = load<std::uint32_t>(head.data(), swapped_);
      const auto length = load<std::uint32_t>(head.data() + 4, swapped_);
      if (length < 12 || length % 4 != 0) return damaged("a block of " + std::to_string(length) + " bytes");
      if (!wanted(type)) {
        if (!pass_over(length)) return false;
        continue;
      }
      if (length > ByteSource::capacity)
        return damaged("a packet block of " + std::to_string(length) + " bytes");
      const auto block = source_.peek(length);
      if (block.size() < length) return cut_short("a block");
      if (load<std::uint32_t>(block.data() + length - 4, swapped_) != length)
        return damaged("a block whose two lengths differ");
      if (type == interface_description) {
        add_interface(block.first(length));
        source_.skip(length);
        continue;
      }
      read_packet(type, block.first(length), frame);
      pending_ = length;  // the frame points into the block until the next call
      return true;
    }
  }

 private:
  static bool wanted(std::uint32_t type) {
    return type == interface_description || type == obsolete_packet || type == simple_packet ||
           type == enhanced_packet;
  }

  /// Reads the byte order of a section and forgets the interfaces of the one before.
  bool begin_section(const std::uint8_t* byte_order_magic) {
    const auto magic = load<std::uint32_t>(byte_order_magic, false);
    if (magic != 0x1a2b3c4d && magic != 0x4d3c2b1a) return damaged("a section header without byte order");
    swapped_ = magic == 0x4d3c2b1a;
    const auto head = source_.peek(16);
    if (head.size() < 16) return cut_short("a section header");
    const auto version = load<std::uint16_t>(head.data() + 12, swapped_);
    if (version != 1) return damaged("a section of pcapng version " + std::to_string(version));
    interfaces_.clear();
    return true;
  }

  bool pass_over(std::uint32_t length) {
    // Peeking at both ends first would need the whole block in memory; its offset is kept for the report.
    const std::uint64_t begin = source_.offset();
    const std::uint64_t body = source_.skip(length - 4);
    const auto tail = source_.peek(4);
    if (body < length - 4 || tail.size() < 4) {
      loss_ = "cut short within a block that begins at byte " + std::to_string(begin);
      if (!source_.damage().empty()) loss_ += " (" + source_.damage() + ")";
      return false;
    }
    if (load<std::uint32_t>(tail.data(), swapped_) != length)
      return damaged("end of a block whose two lengths differ");
    source_.skip(4);
    return true;
  }

  void add_interface(std::span<const std::uint8_t> block) {
    Interface made;
    if (block.size() < 20) {
      made.link = static_cast<LinkType>(~std::uint32_t{0});  // its frames are counted as unsupported
      interfaces_.push_back(made);
      return;
    }
    made.link = static_cast<LinkType>(load<std::uint16_t>(block.data() + 8, swapped_));
    made.snap_length = load<std::uint32_t>(block.data() + 12, swapped_);
    std::size_t at = 16;
    const std::size_t end = block.size() - 4;
    while (at + 4 <= end) {
      const auto code = load<std::uint16_t>(block.data() + at, swapped_);
      const auto length = load<std::uint16_t>(block.data() + at + 2, swapped_);
      at += 4;
      if (code == end_of_options || at + length > end) break;
      if (code == if_tsresol && length == 1) made.clock.set_resolution(block[at]);
      if (code == if_tsoffset && length == 8)
        made.clock.offset = static_cast<std::int64_t>(load<std::uint64_t>(block.data() + at, swapped_));
      at += (std::size_t{length} + 3) / 4 * 4;
    }
    interfaces_.push_back(made);
  }

  /// A block that makes no sense inside gives a frame of no bytes, which counts as undecodable.
  void read_packet(std::uint32_t type, std::span<const std::uint8_t> block, Frame& frame) const {
    frame = Frame{};
    frame.has_time = false;
    if (type == simple_packet)
      read_simple(block, frame);
    else
      read_timed(type, block, frame);
    frame.original = std::max(frame.original, frame.captured);
  }

  void read_simple(std::span<const std::uint8_t> block, Frame& frame) const {
    if (block.size() < 16 || interfaces_.empty()) return;
    const Interface& interface = interfaces_.front();
    frame.link = interface.link;
    frame.original = load<std::uint32_t>(block.data() + 8, swapped_);
    frame.captured = std::min(frame.original, static_cast<std::uint32_t>(block.size() - 16));
    if (interface.snap_length != 0) frame.captured = std::min(frame.captured, interface.snap_length);
    frame.data = block.data() + 12;
  }

  void read_timed(std::uint32_t type, std::span<const std::uint8_t> block, Frame& frame) const {
    if (block.size() < 32) return;
    const std::uint32_t id = type == enhanced_packet ? load<std::uint32_t>(block.data() + 8, swapped_)
                                                     : load<std::uint16_t>(block.data() + 8, swapped_);
    const auto captured = load<std::uint32_t>(block.data() + 20, swapped_);
    if (id >= interfaces_.size() || captured > block.size() - 32) return;
    const Interface& interface = interfaces_[id];
    frame.link = interface.link;
    const std::uint64_t ticks = std::uint64_t{load<std::uint32_t>(block.data() + 12, swapped_)} << 32 |
                                load<std::uint32_t>(block.data() + 16, swapped_);
    const auto time = interface.clock.time(ticks);
    frame.has_time = time.has_value();
    frame.time = time.value_or(0);
    frame.captured = captured;
    frame.original = load<std::uint32_t>(block.data() + 24, swapped_);
    frame.data = block.data() + 28;
  }

  bool swapped_ = false;
  std::vector<Interface> interfaces_;
  std::uint32_t pending_ = 0;  // bytes of the block that the last frame points into
};

}  // namespace

std::unique_ptr<FrameReader> detail::open_pcapng(ByteSource source) {
  return std::make_unique<PcapngFile>(std::move(source));
}

}  // namespace ipet::capture
