// Unaligned integers of either byte order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace ipet::capture {

inline std::uint16_t swap_bytes(std::uint16_t value) {
  return __builtin_bswap16(value);
}
inline std::uint32_t swap_bytes(std::uint32_t value) {
  return __builtin_bswap32(value);
}
inline std::uint64_t swap_bytes(std::uint64_t value) {
  return __builtin_bswap64(value);
}

/// In the byte order of this machine, or the other one.
template <class T>
T load(const std::uint8_t* at, bool swapped) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return swapped ? swap_bytes(value) : value;
}

/// In network byte order.
template <class T>
T load_network(const std::uint8_t* at) {
  return load<T>(at, std::endian::native == std::endian::little);
}

}  // namespace ipet::capture
