#include "stages/files/object_names.hpp"

#include "pipeline/text/utf8.hpp"

namespace ipet::storage {

namespace {

constexpr char digits[] = "0123456789ABCDEF";

void append_encoded(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

int digit(char c) {
  const std::size_t at = std::string_view(digits).find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string encode_name(std::string_view name) {
  if (name.empty()) return "%";
  const bool dots = name.find_first_not_of('.') == std::string_view::npos;
  const bool utf8 = text::is_utf8(name);
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
