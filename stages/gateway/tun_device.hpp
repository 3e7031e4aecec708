// The TUN device through which user packets come into the path of a defence, and leave it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "stages/gateway/descriptor.hpp"

namespace ipet::gateway {

class TunDevice {
 public:
  /// Takes the device of that name, or makes one, and brings it up with this MTU. Throws std::runtime_error
  /// that says what to do.
  TunDevice(const std::string& name, std::uint32_t mtu);

  [[nodiscard]] int descriptor() const { return device_.get(); }
  /// The next packet, in `room`; empty when there is none.
  std::span<const std::uint8_t> read(std::span<std::uint8_t> room);
  /// False where the system does not take it.
  bool write(std::span<const std::uint8_t> packet);

 private:
  Descriptor device_;
};

}  // namespace ipet::gateway
