#include "stages/storage/names.hpp"

#include <cstdint>

namespace ipet::storage {

namespace {

constexpr char digits[] = "0123456789ABCDEF";

void append_encoded(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

/// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), 0 if there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

int digit(char c) {
  const std::size_t at = std::string_view(digits).find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string encode_name(std::string_view name) {
  if (name.empty()) return "%";
  const bool dots = name.find_first_not_of('.') == std::string_view::npos;
  const bool utf8 = is_utf8(name);
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '%' || byte < 0x20 || byte == 0x7F || (c == '.' && dots) || (byte >= 0x80 && !utf8))
      append_encoded(out, c);
    else
      out += c;
  }
  return out;
}

std::string encode_name(std::string_view name, std::string_view reserved) {
  std::string encoded = encode_name(name);
  if (encoded != reserved) return encoded;
  std::string out;
  append_encoded(out, encoded.front());
  return out + encoded.substr(1);
}

std::string encode_name(std::string_view name, const std::vector<std::string>& reserved) {
  std::string encoded = encode_name(name);
  for (const std::string& one : reserved)
    if (encoded == one) return encode_name(name, one);
  return encoded;
}

std::string decode_name(std::string_view encoded) {
  std::string out;
  if (encoded == "%") return out;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const int high = i + 2 < encoded.size() ? digit(encoded[i + 1]) : -1;
    const int low = i + 2 < encoded.size() ? digit(encoded[i + 2]) : -1;
    if (encoded[i] == '%' && high >= 0 && low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += encoded[i];
    }
  }
  return out;
}

}  // namespace ipet::storage
