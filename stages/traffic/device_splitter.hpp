// Divides the packets of one recording among devices (stages/traffic/README.md).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "stages/traffic/device_file.hpp"
#include "stages/traffic/device_globs.hpp"
#include "stages/traffic/found_devices.hpp"
#include "stages/traffic/gateway.hpp"
#include "stages/traffic/home.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

struct SplitSettings {
  std::optional<DeviceFile> file;  ///< none: local ends become devices as they are seen
  LocalNetworks networks{{}};      ///< those of the file, when there is one
  bool count_empty = false;        ///< packets without payload count too
  std::shared_ptr<const std::vector<std::string>>
      declared;                                        ///< names of the file's devices; null without one
  bool find_networks = true;                           ///< find the home's IPv6 networks (home.hpp)
  std::shared_ptr<const DeviceGlobs> globs = nullptr;  ///< of the file
  std::shared_ptr<const std::vector<std::string>> protected_devices = nullptr;  ///< of the file
};

/// What to say when there are more; `found` with how many.
std::string too_many_devices(const std::string& found);

/// Settings with a devices file, and without one. Throws DeviceFileError where it has more than most_devices.
SplitSettings split_settings(DeviceFile file, bool count_empty);
SplitSettings split_settings(std::vector<Network> local_networks, bool count_empty);

class DeviceSplitter {
 public:
  /// Packets that are looked at before the first verdict: what the home's networks are and whose an address
  /// is may show later than their first packet. Held back until then.
  static constexpr std::size_t first_look = 16'384;

  /// `files`: paths of the recording's files. `settings` must outlive the splitter.
  DeviceSplitter(const SplitSettings& settings, std::uint32_t capture,
                 std::shared_ptr<const std::string> capture_name,
                 std::shared_ptr<const std::vector<std::string>> files);

  /// What each device gets of the packets so far, as one DevicePackets of each batch that is no longer held
  /// back; devices without packets are left out. Throws std::runtime_error when two devices claim one packet,
  /// naming both and where they are declared, and at the first device beyond most_devices.
  std::vector<DevicePackets> split(const PacketBatch& batch);
  /// What is still held back; call once, after the last batch.
  std::vector<DevicePackets> finish();

  [[nodiscard]] CaptureSummary summary() const;
  /// Local ends seen, when there is no devices file.
  [[nodiscard]] std::vector<DiscoveredDevice> discovered() const;
  /// Declared devices that the recording can hold, by their globs.
  [[nodiscard]] const std::vector<std::size_t>& candidates() const { return candidates_; }
  /// Addresses of the packets of which neither end is local, with the number of these packets.
  [[nodiscard]] std::map<IpAddress, std::uint64_t> outside_addresses() const;

 private:
  static constexpr std::int32_t unknown = -1;
  struct Slot {
    DeviceTotals totals;
    std::shared_ptr<const std::string> name;
    std::string address;
    std::set<LocalAddress> addresses;
  };
  /// What a packet is, with or without payload.
  enum class Kind : std::uint8_t { multicast, local, outside, unknown, counted };
  static constexpr std::size_t kinds_left_out = 4;
  struct Verdict {
    std::int32_t index;  ///< counted: of a slot; otherwise of a bin
    Kind kind;
    Direction direction;
    bool takes = false;  ///< of a packet: the device gets it
  };
  /// The four addresses of a packet. Of an unknown device, the local end alone.
  struct Ends {
    MacAddress source_mac, destination_mac;
    IpAddress source, destination;
    bool operator==(const Ends&) const = default;
  };
  struct EndsHash {
    std::size_t operator()(const Ends& ends) const noexcept;
  };
  /// Packets that do not count. The first of each kind takes those for which no bin is left.
  struct Bin {
    Kind kind;
    Ends ends;
    std::uint64_t packets = 0;
  };

  void look(std::span<const Packet> packets);
  std::vector<DevicePackets> divide(std::span<const Packet> packets);
  Verdict classify(const Packet& packet);
  Verdict left_out(Kind kind, const Ends& ends);
  std::int32_t resolve(const Packet& packet, const LocalEnd& local, const MacAddress& mac);
  [[nodiscard]] std::int32_t declared_owner(const Packet& packet, const LocalEnd& local,
                                            const MacAddress& mac) const;
  std::int32_t discover(const Packet& packet, const LocalEnd& local, const MacAddress& mac);
  [[nodiscard]] std::int32_t owner_of(const Bin& bin) const;
  [[nodiscard]] std::int32_t owner_of(MacAddress mac, const IpAddress& address) const;
  static void remember(Slot& slot, const Packet& packet, const LocalEnd& local);

  const SplitSettings& settings_;
  std::uint64_t number_;  ///< in the cache of flows; a new one whenever verdicts may have changed
  std::uint32_t capture_;
  std::shared_ptr<const std::string> capture_name_;
  std::shared_ptr<const std::vector<std::string>> files_;
  Reading reading_;  ///< of the last batch
  std::vector<std::size_t> candidates_;
  Home home_;
  bool looking_ = true;
  Nanoseconds watermark_ = DevicePackets::no_watermark;
  std::size_t seen_ = 0;                   ///< in the first look
  std::vector<std::vector<Packet>> held_;  ///< batches of the first look
  std::vector<Slot> slots_;
  std::vector<Bin> bins_;
  std::array<std::unordered_map<Ends, std::int32_t, EndsHash>, kinds_left_out> bin_of_;
  std::unordered_map<Ends, std::int32_t, EndsHash> owners_;
  std::map<std::string, std::int32_t> discovered_;
  std::uint64_t unknown_empty_ = 0;  ///< packets of unknown devices without payload
};

}  // namespace ipet::traffic
