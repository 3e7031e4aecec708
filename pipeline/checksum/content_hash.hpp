// A hash of values in memory: equal hashes stand for equal contents.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct XXH3_state_s;

namespace ipet::checksum {

/// XXH3-128 of values, one after the other. Texts and lists go in with their sizes, so that ("ab", "c") and
/// ("a", "bc") differ. Numbers go in as they lie in memory.
class ContentHash {
 public:
  ContentHash();
  /// Only the bytes, no size.
  ContentHash& bytes(const void* data, std::size_t size);
  template <class T>
  requires std::is_arithmetic_v<T> ContentHash& add(T value) { return bytes(&value, sizeof value); }
  ContentHash& add(std::string_view text) { return add(text.size()).bytes(text.data(), text.size()); }
  ContentHash& add(const char* text) { return add(std::string_view(text)); }
  template <class T>
  requires std::is_arithmetic_v<T> ContentHash& add(const std::vector<T>& values) {
    return add(values.size()).bytes(values.data(), values.size() * sizeof(T));
  }
  ContentHash& add(const std::vector<std::string>& texts) {
    add(texts.size());
    for (const std::string& text : texts) add(text);
    return *this;
  }
  /// Hash of all that was added so far: 32 hexadecimal digits.
  [[nodiscard]] std::string text() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace ipet::checksum
