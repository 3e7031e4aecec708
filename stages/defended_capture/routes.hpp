// How each device was last reached in a capture: its addresses, and the link headers of its frames.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "stages/capture/frame.hpp"
#include "stages/defended_capture/relay.hpp"

namespace ipet::defended_capture {

/// A device's way to the gateway and back, in one address family.
struct Route {
  traffic::IpAddress address;
  std::vector<std::uint8_t> link_headers[2];  ///< by traffic::Direction
  capture::LinkType links[2] = {};            ///< of these headers
};

class Routes {
 public:
  explicit Routes(const traffic::CaptureSummary& summary);

  /// Takes notice of a frame; those of no device are passed over.
  void see(const capture::Frame& frame);
  /// The same, of a frame that is decoded already.
  void see(const capture::Frame& frame, const traffic::Packet& packet);
  /// The route of a device to the first of the relays that is of a family in which it was seen; null when
  /// there is none (yet). Sets `relay`.
  [[nodiscard]] const Route* find(const std::string& device, std::span<const Relay> relays,
                                  const Relay*& relay) const;

 private:
  struct Hash {
    std::size_t operator()(const traffic::LocalAddress& end) const noexcept;
  };
  struct Ways {
    std::optional<Route> families[2];  ///< IPv4, IPv6
  };
  std::unordered_map<traffic::LocalAddress, std::size_t, Hash> owners_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Ways> ways_;
};

}  // namespace ipet::defended_capture
