// Which devices and captures a result file speaks of.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::storage {

using DeclaredDevices = std::shared_ptr<const std::vector<std::string>>;

/// Gathers names in any order of arrival and numbers them in one that does not depend on it.
class Directory {
 public:
  void add(std::uint32_t capture, const std::string& capture_name, const std::string& device,
           const DeclaredDevices& declared);
  void add(const traffic::CaptureSummary& summary);
  /// A device that gets no cover traffic.
  void add_unprotected(const std::string& device) { unprotected_.insert(device); }
  /// Numbers everything; call once, after the last add. Throws StorageError beyond 65535 devices.
  void finish(const std::string& shown);

  /// Rows of /devices: declared devices in their order, then others by name.
  [[nodiscard]] const std::vector<std::string>& devices() const { return devices_; }
  [[nodiscard]] bool is_declared(std::size_t row) const { return row < declared_count_; }
  [[nodiscard]] bool is_protected(const std::string& name) const { return !unprotected_.contains(name); }
  /// Captures by number, then name.
  [[nodiscard]] const std::vector<std::string>& captures() const { return capture_names_; }
  /// Numbers of captures(), as the reader of the captures gave them.
  [[nodiscard]] std::vector<std::uint32_t> capture_order() const;
  [[nodiscard]] std::uint16_t device(const std::string& name) const { return device_numbers_.at(name); }
  [[nodiscard]] std::uint32_t capture(std::uint32_t number, const std::string& name) const {
    return capture_numbers_.at({number, name});
  }
  /// Sorted by capture, then as they came from the splitter.
  [[nodiscard]] const std::vector<traffic::CaptureSummary>& summaries() const { return summaries_; }

 private:
  std::set<std::vector<std::string>> declared_;
  DeclaredDevices last_declared_;  ///< nearly always the same list again
  std::set<std::string> names_, unprotected_;
  std::size_t declared_count_ = 0;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> capture_numbers_;
  std::vector<traffic::CaptureSummary> summaries_;
  std::vector<std::string> devices_, capture_names_;
  std::map<std::string, std::uint16_t> device_numbers_;
};

}  // namespace ipet::storage
