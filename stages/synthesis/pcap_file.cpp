#include "stages/synthesis/pcap_file.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace ipet::synthesis {

namespace {

constexpr std::uint32_t microsecond_magic = 0xA1B2C3D4, link_ethernet = 1, unlimited = 262144;

void put(char* at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

std::filesystem::path temporary_name(const std::filesystem::path& file) {
  std::filesystem::path name = ".";
  name += file.filename();
  name += ".part";
  return file.parent_path() / name;
}

}  // namespace

void PcapFile::fail(const char* doing) const {
  throw std::runtime_error("cannot " + std::string(doing) + " '" + temporary_.string() +
                           "': " + std::strerror(errno));
}

PcapFile::PcapFile(std::filesystem::path file, std::uint32_t snaplen)
    : file_(std::move(file)), temporary_(temporary_name(file_)) {
  stream_.open(temporary_, std::ios::binary | std::ios::trunc);
  if (!stream_) fail("create");
  char header[24] = {};
  put(header, microsecond_magic, 4);
  put(header + 4, 2, 2);
  put(header + 6, 4, 2);
  put(header + 16, snaplen == 0 ? unlimited : snaplen, 4);
  put(header + 20, link_ethernet, 4);
  stream_.write(header, sizeof header);
}

PcapFile::~PcapFile() {
  if (closed_) return;
  stream_.close();
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void PcapFile::write(std::int64_t nanoseconds, std::span<const std::uint8_t> captured, std::size_t length) {
  char header[16];
  put(header, static_cast<std::uint64_t>(nanoseconds / 1'000'000'000), 4);
  put(header + 4, static_cast<std::uint64_t>(nanoseconds % 1'000'000'000 / 1000), 4);
  put(header + 8, captured.size(), 4);
  put(header + 12, length, 4);
  stream_.write(header, sizeof header);
  stream_.write(reinterpret_cast<const char*>(captured.data()),
                static_cast<std::streamsize>(captured.size()));
  if (!stream_) fail("write");
}

void PcapFile::close() {
  stream_.close();
  if (!stream_) fail("write");
  std::filesystem::rename(temporary_, file_);
  closed_ = true;
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path temporary = temporary_name(file);
  std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (!stream) {
    const int error = errno;
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw std::runtime_error("cannot write '" + temporary.string() + "': " + std::strerror(error));
  }
  std::filesystem::rename(temporary, file);
}

}  // namespace ipet::synthesis
