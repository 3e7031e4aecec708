#include "pipeline/text/printable.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "pipeline/text/numbers.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::text {
namespace {

void append_escaped(std::string& out, char32_t point) {
  if (point == '\n') {
    out += "\\n";
  } else if (point == '\r') {
    out += "\\r";
  } else if (point == '\t') {
    out += "\\t";
  } else {
    const char* form = point < 0x80 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x";
    out += format(form, static_cast<unsigned>(point));
  }
}

/// Appends the character at `at` as printable() has it; its bytes.
std::size_t append_printable(std::string& out, std::string_view text, std::size_t at) {
  const std::size_t length = sequence_length(text, at);
  if (length == 0) {
    out += hex_escape(text[at]);
    return 1;
  }
  const char32_t point = code_point(text, at);
  if (is_control(point))
    append_escaped(out, point);
  else
    out += text.substr(at, length);
  return length;
}

/// Default_Ignorable_Code_Point of Unicode 15 (DerivedCoreProperties.txt), which nothing shows, without the
/// variation selectors FE00 to FE0F, which belong to the emoji before them; and interlinear annotations.
bool is_invisible(char32_t point) {
  constexpr std::pair<char32_t, char32_t> ranges[] = {
      {0xAD, 0xAD},     {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
      {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E},
      {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
      {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [point](const auto& range) { return point >= range.first && point <= range.second; });
}

}  // namespace

std::string hex_escape(char byte) {
  return format("\\x%02x", static_cast<unsigned char>(byte));
}

bool is_control(char32_t point) {
  const auto in = [point](char32_t first, char32_t last) { return point >= first && point <= last; };
  return point < 0x20 || in(0x7F, 0x9F) || in(0x2028, 0x2029) || is_invisible(point);
}

bool is_plain(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0 || is_control(code_point(text, at))) return false;
    at += length;
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) at += append_printable(out, text, at);
  return out;
}

std::string printable_lines(std::string_view text, std::size_t indent) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\n') {
      at += append_printable(out, text, at);
      continue;
    }
    out += '\n';
    if (++at < text.size()) out.append(indent, ' ');
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t most) {
  const std::size_t have = characters(text);
  if (have <= most) return std::string(text);
  const std::size_t end = most / 3, begin = most - end;
  return std::string(text.substr(0, byte_of(text, begin))) + " ... " +
         std::string(text.substr(byte_of(text, have - end)));
}

std::string shown(std::string_view name) {
  constexpr std::size_t most = 80;
  // Escapes are not taken apart, and a name of a megabyte is not looked through.
  const std::string_view begin = name.substr(0, std::min<std::size_t>(name.size(), 4 * most));
  std::string out = shortened(printable(begin), most);
  if (begin.size() < name.size()) out += " ...";
  return out;
}

}  // namespace ipet::text
