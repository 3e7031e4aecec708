// Where the packets of a run went: what counts, of which device, and what was left out and why.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "stages/traffic/device_splitter.hpp"

namespace ipet::traffic {

/// Adds recordings up, in any order; not thread-safe.
class Accounting {
 public:
  /// `settings` must outlive it.
  explicit Accounting(const SplitSettings& settings) : settings_(settings) {}

  void add(const CaptureSummary& summary, const DeviceSplitter& splitter);

  /// A table of TCP and UDP packets, a line per device and one of all; in each, `packets` is the sum of what
  /// follows.
  [[nodiscard]] std::string table() const;
  /// Devices with packets that count.
  [[nodiscard]] std::size_t devices() const;
  /// What is missing or went wrong, each with its next step. Something is said whenever a device has no
  /// packet that counts, and whenever packets are left out that may have been meant to count.
  [[nodiscard]] std::vector<std::string> warnings() const;
  /// What was found out about the home; empty when nothing was.
  [[nodiscard]] std::string findings() const;

 private:
  struct Row {
    std::uint64_t counted = 0;
    LeftOut left_out;
  };

  [[nodiscard]] std::uint64_t read() const { return all_.counted + unknown_packets_ + all_.left_out.total(); }
  [[nodiscard]] std::string nothing_counted() const;
  [[nodiscard]] std::string some_outside() const;
  [[nodiscard]] std::string some_unknown() const;
  [[nodiscard]] std::string unmatched_globs() const;
  [[nodiscard]] std::string silent_devices() const;
  [[nodiscard]] std::string seen_addresses() const;
  [[nodiscard]] std::string local_networks() const;

  const SplitSettings& settings_;
  std::map<std::string, Row> devices_;
  Row all_;
  std::uint64_t unknown_packets_ = 0;
  std::set<std::string> unknown_, networks_;
  std::map<IpAddress, std::uint64_t> outside_;
  std::set<std::size_t> matched_;  ///< declared devices whose globs match a recording
  std::size_t recordings_ = 0, files_ = 0;
  std::uint32_t first_capture_ = 0;
  std::string first_file_;
};

}  // namespace ipet::traffic
