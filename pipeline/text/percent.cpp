#include "pipeline/text/percent.hpp"

#include "pipeline/text/printable.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::text {
namespace {

constexpr std::string_view digits = "0123456789ABCDEF";

bool is_escape(std::string_view text, std::size_t at) {
  return text[at] == '%' && at + 2 < text.size() && digits.find(text[at + 1]) != std::string_view::npos &&
         digits.find(text[at + 2]) != std::string_view::npos;
}

}  // namespace

void append_escape(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4U];
  out += digits[byte & 15U];
}

std::string percent_encoded(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t length = sequence_length(name, at);
    const bool escape = length == 0 || is_control(code_point(name, at)) || is_escape(name, at);
    for (const std::size_t end = at + (length == 0 ? 1 : length); at < end; ++at) {
      if (escape)
        append_escape(out, name[at]);
      else
        out += name[at];
    }
  }
  return out;
}

std::string percent_decoded(std::string_view encoded) {
  std::string out;
  for (std::size_t at = 0; at < encoded.size();) {
    if (is_escape(encoded, at)) {
      out += static_cast<char>(digits.find(encoded[at + 1]) * 16 + digits.find(encoded[at + 2]));
      at += 3;
    } else {
      out += encoded[at++];
    }
  }
  return out;
}

}  // namespace ipet::text
