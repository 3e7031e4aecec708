#include "stages/files/object_names.hpp"

#include "pipeline/text/percent.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::storage {

std::string encode_name(std::string_view name) {
  if (name.empty()) return "%";
  const bool dots = name.find_first_not_of('.') == std::string_view::npos;
  const bool utf8 = text::is_utf8(name);
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '%' || byte < 0x20 || byte == 0x7F || (c == '.' && dots) || (byte >= 0x80 && !utf8))
      text::append_escape(out, c);
    else
      out += c;
  }
  return out;
}

std::string encode_name(std::string_view name, std::string_view reserved) {
  std::string encoded = encode_name(name);
  if (encoded != reserved) return encoded;
  std::string out;
  text::append_escape(out, encoded.front());
  return out + encoded.substr(1);
}

std::string encode_name(std::string_view name, const std::vector<std::string>& reserved) {
  std::string encoded = encode_name(name);
  for (const std::string& one : reserved)
    if (encoded == one) return encode_name(name, one);
  return encoded;
}

std::string decode_name(std::string_view encoded) {
  return encoded == "%" ? "" : text::percent_decoded(encoded);
}

}  // namespace ipet::storage
