// device_splitter: divides packets among devices (stages/traffic/README.md).
#include "stages/traffic/device_splitter.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/made.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "plugins/device_splitter/found_file.hpp"
#include "stages/traffic/accounting.hpp"
#include "stages/traffic/device_csv.hpp"

namespace {

using namespace ipet;
using traffic::CaptureSummary;
using traffic::DevicePackets;
using traffic::DeviceSplitter;
using traffic::DiscoveredDevice;
using traffic::Network;
using traffic::SplitSettings;

struct DeviceSplitterOptions {
  InputFile devices;
  std::vector<std::string> local_networks = traffic::default_local_networks;
  bool count_empty = false;
  bool find_networks = true;

  [[nodiscard]] SplitSettings settings() const {
    std::vector<Network> networks;
    for (const std::string& text : local_networks) networks.push_back(Network::parse(text).value());
    SplitSettings made =
        devices.empty()
            ? traffic::split_settings(std::move(networks), count_empty)
            : traffic::split_settings(traffic::load_devices(devices, std::move(networks)), count_empty);
    made.find_networks = find_networks;
    return made;
  }
};

class DeviceSplitterStage {
 public:
  using Options = DeviceSplitterOptions;
  struct State {
    std::unique_ptr<DeviceSplitter> splitter;
  };

  DeviceSplitterStage(const Options& options, StageContext& context)
      : context_(context), settings_(read_settings(options, context)), accounting_(settings_) {
    if (settings_.file) context.record_input(settings_.file->path);  // has not changed meanwhile
  }
  DeviceSplitterStage& operator=(DeviceSplitterStage&&) = delete;

  State begin(const std::string&) const { return {}; }

  void on_message(State& state, const traffic::PacketBatch& batch, Emitter& emit) {
    if (!state.splitter)
      state.splitter =
          std::make_unique<DeviceSplitter>(settings_, batch.capture, batch.capture_name, batch.files);
    send(state.splitter->split(batch), emit);
  }

  void on_end(State& state, Emitter& emit) {
    send(state.splitter->finish(), emit);
    CaptureSummary summary = state.splitter->summary();
    count(summary, *state.splitter);
    emit(std::move(summary));
  }

  void finish(Emitter&) {
    write_found_devices();
    report();
  }

 private:
  static void send(std::vector<DevicePackets> parts, Emitter& emit) {
    for (DevicePackets& part : parts) {
      std::string key = traffic::device_key(part.capture, *part.device);
      emit(std::move(part), std::move(key));
    }
  }

  static SplitSettings read_settings(const Options& options, StageContext& context) {
    if (std::filesystem::is_regular_file(options.devices)) context.record_input(options.devices);
    return options.settings();
  }

  /// Adds a recording up.
  void count(const CaptureSummary& summary, const DeviceSplitter& splitter) {
    const std::scoped_lock lock(mutex_);
    accounting_.add(summary, splitter);
    if (settings_.file) return;
    found_networks_.insert(summary.networks.begin(), summary.networks.end());
    for (const DiscoveredDevice& device : splitter.discovered()) {
      const auto [known, is_new] = discovered_.emplace(device.name, device);
      if (!is_new) known->second.packets += device.packets;
    }
    if (discovered_.size() > traffic::most_devices)
      throw std::runtime_error(traffic::too_many_devices("no devices file, and with recording '" +
                                                         summary.capture_name + "' there are " +
                                                         std::to_string(discovered_.size()) + " devices"));
  }

  /// The devices file that was wanting.
  void write_found_devices() {
    if (settings_.file || discovered_.empty()) return;
    std::vector<DiscoveredDevice> devices;
    for (const auto& [name, device] : discovered_) devices.push_back(device);
    std::vector<Network> networks = settings_.networks.networks();
    for (const std::string& text : found_networks_) networks.push_back(Network::parse(text).value());
    found_.emplace(context_.output_folder(), traffic::found_devices_text(networks, std::move(devices)));
  }

  void report() {
    for (const std::string& text : accounting_.warnings()) context_.warn(text);
    if (const std::string found = accounting_.findings(); !found.empty()) context_.info(found);
    if (found_) {
      try {
        found_->publish(context_);
        context_.info("no devices file: found " + std::to_string(discovered_.size()) +
                      (discovered_.size() == 1 ? " device, see " : " devices, see ") +
                      found_->path().string());
      } catch (const std::exception& error) {
        context_.warn(std::string("the devices found are not kept: ") + error.what());
      }
    }
    tell_made(context_, accounting_.devices(), "device", "devices");
    context_.print_at_end("\n" + context_.stage() + ": " + accounting_.table());
  }

  StageContext& context_;
  SplitSettings settings_;
  std::mutex mutex_;
  traffic::Accounting accounting_;
  std::map<std::string, DiscoveredDevice> discovered_;
  std::set<std::string> found_networks_;
  std::optional<FoundFile> found_;
};

}  // namespace

IPET_PLUGIN("device_splitter", "0.1.0", catalog) {
  catalog.keyed<DeviceSplitterStage>("device_splitter")
      .about("Divides the packets that cross the gateway among devices.")
      .input<traffic::PacketBatch>("packets", "Packets of a capture in time order.")
      .output<DevicePackets>("packets", "Packets of one device in one capture.")
      .output<CaptureSummary>("summary", "What each capture held, per device.")
      .option("devices", &DeviceSplitterOptions::devices,
              "Devices file, devices.toml or the published devices.csv; without one, local MACs become "
              "devices and the file is written to the run's output, beside one that is there.")
      .option("local_networks", &DeviceSplitterOptions::local_networks,
              "Networks behind the gateway (CIDR), where no devices.toml says.")
      .option("find_networks", &DeviceSplitterOptions::find_networks,
              "Find the home's IPv6 networks too, by the MAC addresses of devices and routers.")
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
