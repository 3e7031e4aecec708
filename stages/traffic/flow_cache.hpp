// Verdicts on recent flows.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

/// Verdicts on flows: packets with the same four addresses, which is all that a verdict depends on beside the
/// length. Each thread has one, for the splitter that it serves: thousands of recordings can be open.
template <class Verdict>
class FlowCache {
 public:
  /// Numbers for `owner`: from 1 on, none twice.
  static std::uint64_t next_owner() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }

  /// Verdicts are kept under the number that `owner` has then: with a new one, all are forgotten.
  explicit FlowCache(const std::uint64_t& owner) : owner_(owner) {}

  /// The verdict on a flow; `find` is asked where it is not known. Packets of one flow often follow each
  /// other.
  template <class Find>
  Verdict of(const Packet& packet, Find&& find) {
    const Key key = key_of(packet);
    if (last_ != nullptr && last_->owner == owner_ && same(last_->key, key)) return last_->verdict;
    Entry& entry = entries_[hash(key) >> (64 - index_bits)];
    if (entry.owner != owner_ || !same(entry.key, key)) {
      const Verdict verdict = find();  // may give the owner a new number
      entry = {key, owner_, verdict};
    }
    last_ = &entry;
    return entry.verdict;
  }

 private:
  static constexpr std::size_t key_bytes = 44, index_bits = 10;
  using Key = std::array<std::uint64_t, 6>;
  struct Entry {
    Key key{};
    std::uint64_t owner = 0;
    Verdict verdict{};
  };
  /// Word by word: bytes that are copied and then read in words of other places stall the processor.
  static Key key_of(const Packet& packet) {
    const unsigned char* const from =
        reinterpret_cast<const unsigned char*>(&packet) + offsetof(Packet, source);
    Key key;
    for (std::size_t i = 0; i + 1 < key.size(); ++i) std::memcpy(&key[i], from + 8 * i, 8);
    std::uint32_t rest = 0;
    static_assert(key_bytes == 5 * 8 + sizeof rest);
    std::memcpy(&rest, from + key_bytes - sizeof rest, sizeof rest);
    key.back() = rest;
    return key;
  }
  /// Compares in registers; the library's comparison goes through memory.
  static bool same(const Key& a, const Key& b) {
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
    return difference == 0;
  }
  /// The products do not wait for each other.
  static std::uint64_t hash(const Key& key) {
    constexpr Key factors = {0x9E3779B97F4A7C15ULL, 0xC2B2AE3D27D4EB4FULL, 0x165667B19E3779F9ULL,
                             0xD6E8FEB86659FD93ULL, 0xFF51AFD7ED558CCDULL, 0xC4CEB9FE1A85EC53ULL};
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < key.size(); ++i) sum ^= (key[i] ^ (key[i] >> 32)) * factors[i];
    return sum * factors[0];
  }
  static_assert(offsetof(Packet, source_port) - offsetof(Packet, source) == key_bytes,
                "four addresses in a row");
  using Entries = std::array<Entry, std::size_t{1} << index_bits>;
  static Entries& of_thread() {
    static thread_local Entries entries;
    return entries;
  }

  const std::uint64_t& owner_;
  Entries& entries_ = of_thread();
  const Entry* last_ = nullptr;
};

}  // namespace ipet::traffic
