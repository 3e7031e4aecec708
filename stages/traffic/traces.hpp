// All packets of a run's devices as one value: what an evaluation defends again and again, and the past days
// that a defence may learn from. 16 bytes per packet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

/// One device in one capture.
struct Trace {
  std::uint16_t device = 0;                ///< in Traces::devices
  std::uint32_t capture = 0;               ///< in Traces::captures
  bool protect = true;                     ///< as DevicePackets::protect
  std::vector<DevicePacket> packets = {};  ///< in time order
};

struct Traces {
  static constexpr std::string_view type_name = "traces";
  static constexpr int type_version = 1;
  using Element = DevicePackets;

  /// Declared devices in their order, also those without packets, then others sorted by name.
  std::vector<std::string> devices;
  std::vector<std::string> captures;  ///< names by capture number; "" where a capture gave no packet
  std::vector<Trace> traces;          ///< sorted by capture, then device

  /// Throws std::runtime_error for packets that went through a defence that delays: they are no traffic of
  /// the device.
  void add(const DevicePackets& packets);
  void merge(Traces&& other);
  /// Fixes the order of devices and traces; call once, last.
  void finish();

  /// Position of a device, or devices.size().
  [[nodiscard]] std::size_t device_index(std::string_view name) const;
  [[nodiscard]] std::size_t byte_size() const;
  [[nodiscard]] std::size_t item_count() const;  ///< packets

 private:
  Trace& trace(std::uint32_t capture, std::string_view capture_name, const std::string& device);
  void number_devices();

  std::vector<std::string> declared_;

 public:
  /// For the layout word of messages (pipeline/sdk/layout.hpp).
  using Members = std::tuple<decltype(devices), decltype(captures), decltype(traces), decltype(declared_)>;
};

}  // namespace ipet::traffic
