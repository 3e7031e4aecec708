#include "stages/capture/pcap_writer.hpp"

#include <array>
#include <limits>
#include <string>

namespace ipet::capture {

namespace {

template <std::size_t count>
std::array<std::uint8_t, 4 * count> little_endian(const std::array<std::uint32_t, count>& words) {
  std::array<std::uint8_t, 4 * count> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(words[i / 4] >> (8 * (i % 4)));
  return bytes;
}

}  // namespace

PcapWriter::PcapWriter(std::filesystem::path file, LinkType link) : file_(std::move(file)) {
  constexpr std::uint32_t nanosecond_magic = 0xa1b23c4d, version_2_4 = 2 | 4u << 16;
  file_.write(little_endian<6>(
      {nanosecond_magic, version_2_4, 0, 0, longest_frame, static_cast<std::uint32_t>(link)}));
}

void PcapWriter::write(traffic::Nanoseconds time, std::span<const std::uint8_t> captured,
                       std::uint32_t original) {
  const std::int64_t seconds = time / traffic::second;
  if (time < 0 || seconds > std::numeric_limits<std::uint32_t>::max())
    throw std::runtime_error(file_.final_name().string() + ": a packet " + std::to_string(seconds) +
                             " s after 1970 does not fit a pcap file");
  file_.write(little_endian<4>({static_cast<std::uint32_t>(seconds),
                                static_cast<std::uint32_t>(time % traffic::second),
                                static_cast<std::uint32_t>(captured.size()), original}));
  file_.write(captured);
  ++frames_;
}

OutputFile PcapWriter::finish() {
  file_.finish();
  return std::move(file_);
}

}  // namespace ipet::capture
