// What became of packets in windowing, by device.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace ipet::windows {

/// Adds up recordings, in any order; not thread-safe.
class WindowCount {
 public:
  struct Row {
    std::uint64_t packets = 0;          ///< that came
    std::uint64_t dropped_packets = 0;  ///< in a last window that is dropped (Silence::after)
    std::uint64_t windows = 0;
    std::uint64_t skipped = 0;  ///< idle windows left out (longest_gap)
  };

  void add(const std::string& device, const Row& row);
  [[nodiscard]] std::uint64_t packets() const { return all_.packets; }
  [[nodiscard]] std::uint64_t windows() const { return all_.windows; }
  /// A line per device, sorted by name, and one of all.
  [[nodiscard]] std::string table() const;

 private:
  std::map<std::string, Row> devices_;
  Row all_;
};

}  // namespace ipet::windows
