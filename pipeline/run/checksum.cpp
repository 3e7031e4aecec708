#include "pipeline/run/checksum.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include "pipeline/checksum/content_hash.hpp"

namespace ipet::run {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
[[noreturn]] void cannot_read(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), "cannot read '" + file.string() + "'");
}

}  // namespace

InputRecord checksum_file(const std::filesystem::path& file, const std::function<void()>& between) {
  const std::unique_ptr<std::FILE, Close> in(std::fopen(file.c_str(), "rb"));
  if (!in) cannot_read(file);
  checksum::ContentHash hash;
  InputRecord record{file.string(), 0, {}};
  std::vector<char> buffer(std::size_t{1} << 20);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), in.get())) {
    hash.bytes(buffer.data(), got);
    record.bytes += got;
    if (between && record.bytes % (std::uint64_t{64} << 20) == 0) between();
  }
  if (std::ferror(in.get()) != 0) cannot_read(file);
  record.checksum = hash.text();
  return record;
}

std::string checksum_text(std::string_view words) {
  return checksum::ContentHash().bytes(words.data(), words.size()).text();
}

}  // namespace ipet::run
