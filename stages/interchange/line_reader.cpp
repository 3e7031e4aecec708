#include "stages/interchange/line_reader.hpp"

#include <cstring>

#include "stages/traffic/delimited.hpp"

namespace ipet::interchange {

namespace {

const std::uint8_t* find_end(const std::uint8_t* from, std::size_t size) {
  return static_cast<const std::uint8_t*>(std::memchr(from, '\n', size));
}

}  // namespace

LineReader::Next LineReader::next(std::string_view& line) {
  source_.skip(taken_);
  taken_ = 0;
  std::span<const std::uint8_t> seen = source_.peek(1);
  if (seen.empty()) return Next::end;
  ++number_;
  std::size_t searched = 0;
  while (true) {
    const std::uint8_t* end = find_end(seen.data() + searched, seen.size() - searched);
    const auto* text = reinterpret_cast<const char*>(seen.data());
    if (end != nullptr) {
      const auto size = static_cast<std::size_t>(end - seen.data());
      line = traffic::without_return({text, size});
      taken_ = size + 1;
      return Next::line;
    }
    searched = seen.size();
    if (searched == capture::ByteSource::capacity) {
      skip_line();
      return Next::too_long;
    }
    seen = source_.peek(searched + 1);
    if (seen.size() > searched) continue;
    taken_ = searched;  // the last line, without an end
    if (!source_.damage().empty()) return Next::end;
    line = traffic::without_return({reinterpret_cast<const char*>(seen.data()), searched});
    return Next::line;
  }
}

void LineReader::skip_line() {
  while (true) {
    const std::span<const std::uint8_t> seen = source_.peek(1);
    if (seen.empty()) return;
    const std::uint8_t* end = find_end(seen.data(), seen.size());
    source_.skip(end == nullptr ? seen.size() : static_cast<std::uint64_t>(end - seen.data()) + 1);
    if (end != nullptr) return;
  }
}

}  // namespace ipet::interchange
