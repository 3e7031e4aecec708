#include "stages/synthesis/pcap_file.hpp"

namespace ipet::synthesis {

namespace {

constexpr std::uint32_t microsecond_magic = 0xA1B2C3D4, link_ethernet = 1, unlimited = 262144;

void put(char* at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

}  // namespace

PcapFile::PcapFile(std::filesystem::path file, storage::Staging& staging, std::uint32_t snaplen)
    : file_(std::move(file), staging) {
  char header[24] = {};
  put(header, microsecond_magic, 4);
  put(header + 4, 2, 2);
  put(header + 6, 4, 2);
  put(header + 16, snaplen == 0 ? unlimited : snaplen, 4);
  put(header + 20, link_ethernet, 4);
  file_.write({header, sizeof header});
}

void PcapFile::write(std::int64_t nanoseconds, std::span<const std::uint8_t> captured, std::size_t length) {
  char header[16];
  put(header, static_cast<std::uint64_t>(nanoseconds / 1'000'000'000), 4);
  put(header + 4, static_cast<std::uint64_t>(nanoseconds % 1'000'000'000 / 1000), 4);
  put(header + 8, captured.size(), 4);
  put(header + 12, length, 4);
  file_.write({header, sizeof header});
  file_.write({reinterpret_cast<const char*>(captured.data()), captured.size()});
}

void PcapFile::hand_over(storage::CompleteFiles& files) {
  file_.finish();
  file_.hand_over(files);
}

}  // namespace ipet::synthesis
