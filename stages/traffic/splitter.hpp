// Divides the packets of one recording among devices (ipet.md section 1).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "stages/traffic/device_file.hpp"
#include "stages/traffic/gateway.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

struct SplitSettings {
  std::optional<DeviceFile> file;  ///< none: local ends become devices as they are seen
  LocalNetworks networks{{}};      ///< those of the file, when there is one
  bool count_empty = false;        ///< packets without payload count too
  std::shared_ptr<const std::vector<std::string>>
      declared;  ///< names of the file's devices; null without one
};

/// Settings with a devices file, and without one.
SplitSettings split_settings(DeviceFile file, bool count_empty);
SplitSettings split_settings(std::vector<Network> local_networks, bool count_empty);

/// Which of the declared devices a recording can hold, by the `captures` globs: a device stays if it gives
/// none, or if one of its globs, taken relative to the devices file, matches one of the recording's files
/// or the folder that one lies in. Returns positions in `file.devices`.
std::vector<std::size_t> devices_of_recording(const DeviceFile& file, const std::vector<std::string>& files);

class CaptureSplitter {
 public:
  /// `files`: paths of the recording's files. `settings` must outlive the splitter.
  CaptureSplitter(const SplitSettings& settings, std::uint32_t capture,
                  std::shared_ptr<const std::string> capture_name,
                  std::shared_ptr<const std::vector<std::string>> files);

  /// What each device gets of a batch; devices without packets are left out. Throws std::runtime_error when
  /// two devices claim one packet, naming both and where they are declared.
  std::vector<DevicePackets> split(const PacketBatch& batch);

  [[nodiscard]] CaptureSummary summary() const;
  /// Local ends seen, when there is no devices file.
  [[nodiscard]] std::vector<DiscoveredDevice> discovered() const;

 private:
  static constexpr std::int32_t ignored = -2, unknown = -1;
  struct Slot {
    DeviceTotals totals;
    std::shared_ptr<const std::string> name;
    std::string address;
    std::set<LocalAddress> addresses;
  };
  struct Verdict {
    std::int32_t slot;
    Direction direction;
  };
  /// All that decides whose a packet is, within one recording.
  struct Ends {
    MacAddress source, destination;
    IpAddress local;
    bool operator==(const Ends&) const = default;
  };
  struct EndsHash {
    std::size_t operator()(const Ends& ends) const noexcept;
  };

  class FlowCache;

  Verdict classify(const Packet& packet);
  std::int32_t resolve(const Packet& packet, const LocalEnd& local);
  std::int32_t declared_owner(const Packet& packet, const LocalEnd& local) const;
  std::int32_t discover(const Packet& packet, const LocalEnd& local);
  static void remember(Slot& slot, const Packet& packet, const LocalEnd& local);

  const SplitSettings& settings_;
  const std::uint64_t number_;  ///< no other splitter has it
  std::uint32_t capture_;
  std::shared_ptr<const std::string> capture_name_;
  std::shared_ptr<const std::vector<std::string>> files_;
  Reading reading_;  ///< of the last batch
  std::vector<std::size_t> candidates_;
  std::vector<Slot> slots_;
  std::unordered_map<Ends, std::int32_t, EndsHash> owners_;
  std::map<std::string, std::int32_t> discovered_;
  std::set<std::string> unknown_;
  std::uint64_t unknown_packets_ = 0, ignored_packets_ = 0;
};

}  // namespace ipet::traffic
