// Behind which line an address of the home is.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "stages/traffic/address.hpp"
#include "stages/traffic/device_file.hpp"

namespace ipet::gateway {

class AddressBook {
 public:
  /// `devices`: those of the lines, in their order; one line only: everything is behind it.
  AddressBook(std::span<const traffic::Device> devices, std::size_t lines);

  [[nodiscard]] std::optional<std::size_t> line_of(const traffic::IpAddress& address) const;
  /// A packet from this address came on this line. What the devices file says stays.
  void learn(const traffic::IpAddress& address, std::size_t line);
  /// The same of an address whose MAC is known; nothing where no device has it.
  void learn(const traffic::IpAddress& address, const traffic::MacAddress& mac);
  [[nodiscard]] std::size_t size() const { return learned_.size(); }

  /// Of all lines; then those that were learned first are forgotten.
  static constexpr std::size_t most_learned = 65'536;

 private:
  std::size_t lines_;
  std::map<traffic::IpAddress, std::size_t> given_;
  std::map<traffic::MacAddress, std::size_t> macs_;
  std::map<traffic::IpAddress, std::size_t> learned_;
  std::deque<traffic::IpAddress> order_;  ///< of learned_
};

/// What the kernel knows of its neighbours, IPv4 and IPv6 (RTM_GETNEIGH).
std::vector<std::pair<traffic::IpAddress, traffic::MacAddress>> neighbours();

}  // namespace ipet::gateway
