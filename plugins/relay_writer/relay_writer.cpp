// Source: what arrives as records of the published live programs, logged as these do and given on as defended
// packets.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "pipeline/sdk/made.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/lists.hpp"
#include "stages/files/output_file.hpp"
#include "stages/records/device_replay.hpp"
#include "stages/records/record.hpp"
#include "stages/records/record_listener.hpp"
#include "stages/traffic/packet.hpp"

namespace {

using namespace ipet;
using records::Endpoint;
using traffic::Nanoseconds;

struct RelayWriterOptions {
  std::vector<std::string> listen, devices;
  std::string capture = "live";
  std::filesystem::path log;
  std::chrono::nanoseconds run_for{0};
};

std::vector<Endpoint> endpoints_of(const std::vector<std::string>& texts) {
  return text::mapped(texts, [](const std::string& text) { return *Endpoint::parse(text); });
}

/// The published server's log.
class Log {
 public:
  Log(const std::filesystem::path& file, StageContext& context)
      : context_(context), staging_(storage::prepare_folder_of(file), file.string()), file_(file, staging_) {}
  void write(const traffic::DevicePacket& packet) { file_.write(records::log_line(packet)); }
  void publish() {
    storage::CompleteFiles files;
    file_.hand_over(files);
    context_.publish(file_.final_name(), files);
  }

 private:
  StageContext& context_;
  storage::Staging staging_;
  storage::OutputFile file_;
};

class RelayWriter {
 public:
  using Options = RelayWriterOptions;
  RelayWriter(const Options& options, StageContext& context) : options_(options), context_(context) {
    if (!options.log.empty()) context.reserve(options.log);
  }

  std::vector<std::string> units() const { return {options_.capture}; }
  std::unique_ptr<UnitReader> open(std::size_t);
  void finish(Emitter&) {
    for (const std::string& text : complaints_) context_.warn(text);
  }

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] StageContext& context() { return context_; }
  void complain(std::vector<std::string> complaints) { complaints_ = std::move(complaints); }

 private:
  Options options_;
  StageContext& context_;
  std::vector<std::string> complaints_;
};

class Listening final : public UnitReader {
 public:
  explicit Listening(RelayWriter& stage)
      : stage_(stage),
        listener_(endpoints_of(stage.options().listen)),
        capture_(std::make_shared<const std::string>(stage.options().capture)),
        declared_(std::make_shared<const std::vector<std::string>>(stage.options().devices)),
        packets_(stage.options().devices.size()),
        began_(records::steady_time()) {
    if (!stage.options().log.empty()) log_.emplace(stage.options().log, stage.context());
    for (const std::string& device : *declared_)
      names_.push_back(std::make_shared<const std::string>(device));
    stage.context().info("listening at " + text::joined(stage.options().listen));
  }

  bool next(Emitter& emit) override {
    arrivals_.clear();
    listener_.receive(traffic::second / 10, most_packets, arrivals_);
    for (const auto& [device, packet] : arrivals_) {
      if (log_) log_->write(packet);
      packets_[device].push_back(packet);
    }
    for (std::size_t device = 0; device < packets_.size(); ++device)
      if (packets_[device].size() >= most_packets || waits_long(packets_[device])) send(device, emit);
    const Nanoseconds run_for = stage_.options().run_for.count();
    const bool over = run_for > 0 ? records::steady_time() - began_ >= run_for : listener_.all_ended();
    if (!over) return true;
    for (std::size_t device = 0; device < packets_.size(); ++device) send(device, emit);
    end();
    return false;
  }
  /// What has come in the last second may be in the log alone.
  void stopped() override { end(); }

 private:
  static constexpr std::size_t most_packets = 4096;

  [[nodiscard]] static bool waits_long(const std::vector<traffic::DevicePacket>& packets) {
    return !packets.empty() && records::wall_time() - packets.front().time > traffic::second;
  }
  void send(std::size_t device, Emitter& emit) {
    if (packets_[device].empty()) return;
    traffic::DevicePackets batch;
    batch.capture_name = capture_;
    batch.device = names_[device];
    batch.declared_devices = declared_;
    batch.defended = true;
    batch.packets = std::exchange(packets_[device], {});
    tell_made(stage_.context(), batch.packets.size(), "packet", "packets");
    emit(std::move(batch), traffic::device_key(0, *names_[device]));
  }
  void end() {
    if (log_) log_->publish();
    stage_.complain(listener_.complaints());
  }

  RelayWriter& stage_;
  records::RecordListener listener_;
  std::optional<Log> log_;
  std::shared_ptr<const std::string> capture_;
  std::shared_ptr<const std::vector<std::string>> declared_;
  std::vector<std::shared_ptr<const std::string>> names_;
  std::vector<std::vector<traffic::DevicePacket>> packets_;  ///< by device, not sent on yet
  std::vector<records::RecordListener::Arrival> arrivals_;
  Nanoseconds began_;
};

std::unique_ptr<UnitReader> RelayWriter::open(std::size_t) {
  return std::make_unique<Listening>(*this);
}

void check(const RelayWriterOptions& options, const OptionPlaces& at) {
  for (const std::string& text : options.listen)
    if (const auto parsed = Endpoint::parse(text); !parsed || parsed->port == 0)
      return at.problem("listen",
                        "must hold addresses with a port, such as \"10.0.0.1:4800\" or "
                        "\"[fd77::1]:4800\", not \"" +
                            text + "\"");
  if (options.listen.empty()) at.problem("listen", "names no address; give one for each device");
  if (options.devices.size() != options.listen.size())
    at.problem("devices", "must name as many devices as 'listen' has addresses, " +
                              std::to_string(options.listen.size()) + ": records do not say whose they are");
  if (std::set(options.devices.begin(), options.devices.end()).size() != options.devices.size())
    at.problem("devices", "names a device twice");
  if (options.capture.empty()) at.problem("capture", "must not be empty");
}

}  // namespace

IPET_PLUGIN("relay_writer", "1.0", catalog) {
  using O = RelayWriterOptions;
  catalog.source<RelayWriter>("relay_writer")
      .about(
          "Listens for records of the published live programs (device_replay sends them), logs them as the "
          "published server does, and gives them on as defended packets.")
      .output<traffic::DevicePackets>(
          "packets", "What arrived, with the time of its arrival; hdf5_writer stores it as /mixed.")
      .option("listen", &O::listen, required{},
              "Addresses with a port, one for each device: records do not say whose they are.")
      .option("devices", &O::devices, required{}, "The devices' names, in the order of the addresses.")
      .option("capture", &O::capture, "What the recording is called in results.")
      .option(
          "log", &O::log,
          "CSV file with a line for each record: kind (C: cover, U: user data), direction (I or O), size, "
          "milliseconds since the epoch; no header. Empty: none.")
      .option("run_for", &O::run_for, unit("s"), minimum(0),
              "Listen for so long; 0: until each device has had a connection and none is open.")
      .check(check);
}
