#include "stages/defended_capture/frame_writer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "stages/traffic/value_text.hpp"

namespace ipet::defended_capture {

namespace {

template <std::size_t count>
std::string little_endian(const std::array<std::uint32_t, count>& words) {
  std::string bytes(4 * count, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(words[i / 4] >> (8 * (i % 4)));
  return bytes;
}

}  // namespace

FrameWriter::FrameWriter(std::filesystem::path file, storage::Staging& staging,
                         const std::set<capture::LinkType>& links, const PcapForm& form)
    : file_(std::move(file), staging), form_(form) {
  if (links.size() < 2) {
    constexpr std::uint32_t nanosecond_magic = 0xa1b23c4d, microsecond_magic = 0xa1b2c3d4,
                            version_2_4 = 2 | 4u << 16;
    const auto link =
        static_cast<std::uint32_t>(links.empty() ? capture::LinkType::ethernet : *links.begin());
    const std::uint32_t magic = form.microseconds ? microsecond_magic : nanosecond_magic;
    file_.write(little_endian<6>({magic, version_2_4, 0, 0, form.longest, link}));
    return;
  }
  constexpr std::uint32_t section_header = 0x0a0d0d0a, byte_order = 0x1a2b3c4d, version_1_0 = 1,
                          unknown = ~0u;
  file_.write(little_endian<7>({section_header, 28, byte_order, version_1_0, unknown, unknown, 28}));
  interfaces_.assign(links.begin(), links.end());
  for (const capture::LinkType link : interfaces_) {
    constexpr std::uint32_t description = 1, resolution = 9 | 1u << 16, nanoseconds = 9, end_of_options = 0;
    file_.write(little_endian<8>({description, 32, static_cast<std::uint32_t>(link), capture::longest_frame,
                                  resolution, nanoseconds, end_of_options, 32}));
  }
}

void FrameWriter::write(traffic::Nanoseconds time, capture::LinkType link,
                        std::span<const std::uint8_t> captured, std::uint32_t original) {
  const std::int64_t seconds = time / traffic::second;
  if (time < 0 || seconds > std::numeric_limits<std::uint32_t>::max())
    throw storage::StorageError(file_.final_name().string() + ": a packet of " + traffic::time_text(time) +
                                " does not fit a pcap file, which holds times from 1970 to 2106");
  if (interfaces_.empty()) {
    write_record(time, captured, original);
  } else {
    const auto at = std::ranges::find(interfaces_, link);
    write_block(time, static_cast<std::uint32_t>(at - interfaces_.begin()), captured, original);
  }
  ++frames_;
}

void FrameWriter::write_record(traffic::Nanoseconds time, std::span<const std::uint8_t> captured,
                               std::uint32_t original) {
  file_.write(
      little_endian<4>({static_cast<std::uint32_t>(time / traffic::second),
                        static_cast<std::uint32_t>(time % traffic::second / (form_.microseconds ? 1000 : 1)),
                        static_cast<std::uint32_t>(captured.size()), original}));
  file_.write({reinterpret_cast<const char*>(captured.data()), captured.size()});
}

void FrameWriter::write_block(traffic::Nanoseconds time, std::uint32_t interface,
                              std::span<const std::uint8_t> captured, std::uint32_t original) {
  constexpr std::uint32_t enhanced_packet = 6;
  const auto size = static_cast<std::uint32_t>(captured.size()), padding = (4 - size % 4) % 4;
  const std::uint32_t length = 32 + size + padding;
  file_.write(little_endian<7>({enhanced_packet, length, interface, static_cast<std::uint32_t>(time >> 32),
                                static_cast<std::uint32_t>(time), size, original}));
  file_.write({reinterpret_cast<const char*>(captured.data()), captured.size()});
  file_.write(std::string(padding, '\0'));
  file_.write(little_endian<1>({length}));
}

}  // namespace ipet::defended_capture
