// device_splitter: divides packets among devices (ipet.md section 1).
#include <map>
#include <mutex>
#include <stdexcept>

#include "pipeline/sdk/plugin.hpp"
#include "stages/traffic/device_csv.hpp"
#include "stages/traffic/splitter.hpp"

namespace {

using namespace ipet;
using traffic::CaptureSplitter;
using traffic::CaptureSummary;
using traffic::DevicePackets;
using traffic::DiscoveredDevice;
using traffic::Network;
using traffic::PacketBatch;
using traffic::SplitSettings;

struct DeviceSplitterOptions {
  std::filesystem::path devices;
  std::vector<std::string> local_networks = traffic::default_local_networks;
  bool count_empty = false;

  [[nodiscard]] SplitSettings settings() const {
    std::vector<Network> networks;
    for (const std::string& text : local_networks) networks.push_back(Network::parse(text).value());
    if (!devices.empty())
      return traffic::split_settings(traffic::load_devices(devices, std::move(networks)), count_empty);
    return traffic::split_settings(std::move(networks), count_empty);
  }
};

class DeviceSplitter {
 public:
  using Options = DeviceSplitterOptions;
  struct State {
    std::unique_ptr<CaptureSplitter> splitter;
  };

  DeviceSplitter(const Options& options, StageContext& context)
      : context_(context), settings_(read_settings(options, context)) {
    if (settings_.file) context.record_input(settings_.file->path);  // has not changed meanwhile
  }
  DeviceSplitter(const DeviceSplitter&) = delete;
  DeviceSplitter& operator=(const DeviceSplitter&) = delete;
  ~DeviceSplitter() {
    if (!context_.cancelled()) report();
  }

  State begin(const std::string&) {
    const std::scoped_lock lock(mutex_);
    ++open_;
    return {};
  }

  void on_message(State& state, const PacketBatch& batch, Emitter& emit) {
    if (!state.splitter) {
      std::vector<std::string> paths{*batch.capture_name};
      if (batch.files) paths.insert(paths.end(), batch.files->begin(), batch.files->end());
      state.splitter = std::make_unique<CaptureSplitter>(settings_, batch.capture, batch.capture_name, paths);
    }
    for (DevicePackets& part : state.splitter->split(batch)) {
      std::string key = traffic::device_key(part.capture, *part.device);
      emit(std::move(part), std::move(key));
    }
  }

  void on_end(State& state, Emitter& emit) {
    CaptureSummary summary = state.splitter->summary();
    count(summary, state.splitter->discovered());
    emit(std::move(summary));
  }

 private:
  static SplitSettings read_settings(const Options& options, StageContext& context) {
    if (std::filesystem::is_regular_file(options.devices)) context.record_input(options.devices);
    return options.settings();
  }

  /// Adds a recording up; after the last one, writes the devices file that was wanting.
  void count(const CaptureSummary& summary, const std::vector<DiscoveredDevice>& seen) {
    const std::scoped_lock lock(mutex_);
    for (const traffic::DeviceTotals& totals : summary.devices) packets_[totals.device] += totals.packets;
    unknown_packets_ += summary.unknown_packets;
    unknown_.insert(summary.unknown.begin(), summary.unknown.end());
    --open_;
    if (settings_.file) return;
    for (const DiscoveredDevice& device : seen) {
      const auto [known, is_new] = discovered_.emplace(device.name, device);
      if (!is_new) known->second.packets += device.packets;
    }
    if (open_ > 0 || discovered_.empty()) return;
    std::vector<DiscoveredDevice> devices;
    for (const auto& [name, device] : discovered_) devices.push_back(device);
    written_ = context_.output_folder() / "devices.toml";
    traffic::write_device_file(written_, settings_.networks.networks(), std::move(devices));
  }

  void report() {
    std::string silent;
    if (settings_.file) {
      for (const std::string& name : *settings_.declared) {
        if (packets_[name] == 0) silent += (silent.empty() ? "" : ", ") + name;
      }
    }
    if (!silent.empty()) context_.warn("devices without any counted packet: " + silent);
    if (unknown_packets_ > 0) {
      std::string text = std::to_string(unknown_packets_) + " packets of " + std::to_string(unknown_.size()) +
                         " unknown devices:";
      std::size_t named = 0;
      for (const std::string& name : unknown_) {
        if (++named > 20) break;
        text += " " + name;
      }
      context_.warn(text + (named > 20 ? " ..." : ""));
    }
    if (!written_.empty())
      context_.info("no devices file: found " + std::to_string(discovered_.size()) + " devices, see " +
                    written_.string());
  }

  StageContext& context_;
  SplitSettings settings_;
  std::mutex mutex_;
  std::size_t open_ = 0;  ///< recordings that have begun and not ended
  std::map<std::string, std::uint64_t> packets_;
  std::uint64_t unknown_packets_ = 0;
  std::set<std::string> unknown_;
  std::map<std::string, DiscoveredDevice> discovered_;
  std::filesystem::path written_;
};

}  // namespace

IPET_PLUGIN("device_splitter", "0.1.0", catalog) {
  catalog.keyed<DeviceSplitter>("device_splitter")
      .about("Divides the packets that cross the gateway among devices.")
      .input<PacketBatch>("packets", "Packets of a capture in time order.")
      .output<DevicePackets>("packets", "Packets of one device in one capture.")
      .output<CaptureSummary>("summary", "What each capture held, per device.")
      .option("devices", &DeviceSplitterOptions::devices,
              "Devices file, devices.toml or the published devices.csv; without one, local MACs become "
              "devices and "
              "the file is written to the run's output.")
      .option("local_networks", &DeviceSplitterOptions::local_networks,
              "Networks behind the gateway (CIDR), where no devices.toml says.")
      .option("count_empty", &DeviceSplitterOptions::count_empty,
              "Count packets without payload too (handshakes, pure ACKs): an observer on the wire sees them.")
      .check([](const DeviceSplitterOptions& options, const OptionPlaces& at) {
        for (const std::string& text : options.local_networks) {
          if (!Network::parse(text)) at.problem("local_networks", "'" + text + "' is not a network (CIDR)");
        }
        if (options.local_networks.empty()) at.problem("local_networks", "no network is local");
      })
      .check_environment([](const DeviceSplitterOptions& options, const Place& where, Problems& problems) {
        // In a folder that is not there yet, another stage may make the file.
        const std::filesystem::path folder = options.devices.parent_path();
        if (!folder.empty() && !std::filesystem::exists(folder)) return;
        try {
          (void)options.settings();
        } catch (const traffic::DeviceFileError& error) {
          problems.push_back({"devices", where, error.what(), {}});
        }
      });
}
