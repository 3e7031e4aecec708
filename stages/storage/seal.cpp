#include "stages/storage/seal.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include "pipeline/checksum/content_hash.hpp"
#include "stages/files/error.hpp"

namespace ipet::storage {

namespace {

/// More than any file of ours has: a line for each stretch of stored values.
constexpr std::uint64_t most_block_bytes = std::uint64_t{256} << 20U;
constexpr std::string_view first_line = "ipet digests 1\n", rest_word = "rest ";
constexpr std::size_t digest_digits = 32, last_line_bytes = 19;

std::string last_line(std::size_t block_bytes) {
  char text[last_line_bytes + 1];
  std::snprintf(text, sizeof text, "block %012llu\n", static_cast<unsigned long long>(block_bytes));
  return text;
}

/// Takes "<word><number>" and the character after it off the front.
std::optional<std::uint64_t> take(std::string_view& text, std::string_view word, char after) {
  if (!text.starts_with(word)) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + word.size(), end, number);
  if (error != std::errc() || stop == end || *stop != after) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  return number;
}

/// The lines "end" and "raw".
std::string list_of(std::uint64_t end, const std::vector<Range>& raw) {
  std::string text = "end " + std::to_string(end) + "\n";
  for (const Range& range : raw)
    text += "raw " + std::to_string(range.offset) + " " + std::to_string(range.size) + "\n";
  return text;
}

/// Empty when the lines are not such that `list_of` makes for a file of `end` bytes.
std::optional<std::vector<Range>> parse_list(std::string_view text, std::uint64_t end) {
  if (take(text, "end ", '\n') != end) return std::nullopt;
  std::vector<Range> raw;
  std::uint64_t at = 0;
  while (!text.empty()) {
    const auto offset = take(text, "raw ", ' ');
    const auto size = offset ? take(text, "", '\n') : std::nullopt;
    if (!size || *offset < at || *offset > end || *size > end - *offset) return std::nullopt;
    at = *offset + *size;
    raw.push_back({*offset, *size});
  }
  return raw;
}

/// "" when bytes cannot be read.
std::string digest_of_rest(std::uint64_t end, const std::vector<Range>& raw, const ReadBytes& read) {
  checksum::ContentHash hash;
  std::vector<char> buffer(std::size_t{1} << 20);
  const auto add = [&](std::uint64_t from, std::uint64_t to) {
    while (from < to) {
      const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), to - from));
      if (!read(from, buffer.data(), some)) return false;
      hash.bytes(buffer.data(), some);
      from += some;
    }
    return true;
  };
  std::uint64_t at = 0;
  for (const Range& range : raw) {
    if (!add(at, range.offset)) return "";
    at = range.offset + range.size;
  }
  if (!add(at, end)) return "";
  return hash.add(list_of(end, raw)).text();
}

}  // namespace

std::string seal_block(std::uint64_t end, const std::vector<Range>& raw, const ReadBytes& read,
                       const std::string& shown) {
  const std::string digest = digest_of_rest(end, raw, read);
  if (digest.empty()) throw StorageError(shown + ": cannot be read back");
  std::string block(first_line);
  block += std::string(rest_word) + digest + "\n" + list_of(end, raw);
  return block + last_line(block.size() + last_line_bytes);
}

Seal check_seal(std::uint64_t bytes, const ReadBytes& read) {
  std::string last(last_line_bytes, '\0');
  if (bytes < last.size() || !read(bytes - last.size(), last.data(), last.size())) return Seal::absent;
  std::string_view line = last;
  const std::optional<std::uint64_t> size = take(line, "block ", '\n');
  constexpr std::size_t front_bytes = first_line.size() + rest_word.size() + digest_digits + 1;
  if (!size || !line.empty() || *size > bytes || *size < front_bytes + last_line_bytes) return Seal::absent;
  // The file says how long it is, so its front is looked at before there is memory for the rest.
  std::string front(front_bytes, '\0');
  if (!read(bytes - *size, front.data(), front.size()) || !front.starts_with(first_line) ||
      front.compare(first_line.size(), rest_word.size(), rest_word) != 0 || front.back() != '\n' ||
      *size > most_block_bytes)
    return Seal::absent;
  std::string block(static_cast<std::size_t>(*size), '\0');
  if (!read(bytes - *size, block.data(), block.size())) return Seal::absent;
  std::string_view text = block;
  const std::string_view digest = text.substr(first_line.size() + rest_word.size(), digest_digits);
  text = text.substr(front_bytes, text.size() - front_bytes - last_line_bytes);
  const std::uint64_t end = bytes - *size;
  const auto raw = parse_list(text, end);
  return raw && digest_of_rest(end, *raw, read) == digest ? Seal::intact : Seal::broken;
}

}  // namespace ipet::storage
