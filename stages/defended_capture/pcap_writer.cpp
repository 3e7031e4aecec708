#include "stages/defended_capture/pcap_writer.hpp"

#include <array>
#include <limits>
#include <string>

namespace ipet::defended_capture {

namespace {

template <std::size_t count>
std::string little_endian(const std::array<std::uint32_t, count>& words) {
  std::string bytes(4 * count, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(words[i / 4] >> (8 * (i % 4)));
  return bytes;
}

}  // namespace

PcapWriter::PcapWriter(std::filesystem::path file, storage::Staging& staging, capture::LinkType link)
    : file_(std::move(file), staging) {
  constexpr std::uint32_t nanosecond_magic = 0xa1b23c4d, version_2_4 = 2 | 4u << 16;
  file_.write(little_endian<6>(
      {nanosecond_magic, version_2_4, 0, 0, capture::longest_frame, static_cast<std::uint32_t>(link)}));
}

void PcapWriter::write(traffic::Nanoseconds time, std::span<const std::uint8_t> captured,
                       std::uint32_t original) {
  const std::int64_t seconds = time / traffic::second;
  if (time < 0 || seconds > std::numeric_limits<std::uint32_t>::max())
    throw storage::StorageError(file_.final_name().string() + ": a packet " + std::to_string(seconds) +
                                " s after 1970 does not fit a pcap file");
  file_.write(little_endian<4>({static_cast<std::uint32_t>(seconds),
                                static_cast<std::uint32_t>(time % traffic::second),
                                static_cast<std::uint32_t>(captured.size()), original}));
  file_.write({reinterpret_cast<const char*>(captured.data()), captured.size()});
  ++frames_;
}

void PcapWriter::hand_over(storage::CompleteFiles& files) {
  file_.finish();
  file_.hand_over(files);
}

}  // namespace ipet::defended_capture
