#include "pipeline/run/checksum.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <vector>

#include <xxhash.h>

namespace ipet::run {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct Free {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

[[noreturn]] void cannot_read(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), "cannot read '" + file.string() + "'");
}

std::string hexadecimal(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::string all;
  for (const unsigned char byte : canonical.digest) {
    std::array<char, 3> text{};
    std::snprintf(text.data(), text.size(), "%02x", byte);
    all += text.data();
  }
  return all;
}

}  // namespace

InputRecord checksum_file(const std::filesystem::path& file, const std::function<void()>& between) {
  const std::unique_ptr<std::FILE, Close> in(std::fopen(file.c_str(), "rb"));
  if (!in) cannot_read(file);
  const std::unique_ptr<XXH3_state_t, Free> state(XXH3_createState());
  if (!state) throw std::bad_alloc();
  XXH3_128bits_reset(state.get());
  InputRecord record{file.string(), 0, {}};
  std::vector<char> buffer(std::size_t{1} << 20);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), in.get())) {
    XXH3_128bits_update(state.get(), buffer.data(), got);
    record.bytes += got;
    if (between && record.bytes % (std::uint64_t{64} << 20) == 0) between();
  }
  if (std::ferror(in.get()) != 0) cannot_read(file);
  record.checksum = hexadecimal(XXH3_128bits_digest(state.get()));
  return record;
}

std::string checksum_text(std::string_view text) {
  return hexadecimal(XXH3_128bits(text.data(), text.size()));
}

}  // namespace ipet::run
