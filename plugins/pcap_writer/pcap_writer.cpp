// Sink `pcap_writer`: defended traffic as captures that Wireshark opens (stages/defended_capture/README.md).
#include "stages/defended_capture/pcap_writer.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/capture/patience.hpp"
#include "stages/files/publish.hpp"

namespace {

using namespace ipet;
using defended_capture::Relay;

struct PcapWriterOptions : defended_capture::WriterSettings {
  std::vector<std::string> relay = {"192.0.2.1:9", "[2001:db8::1]:9"};
};

defended_capture::WriterSettings settings_of(const PcapWriterOptions& options, StageContext& context) {
  defended_capture::WriterSettings settings = options;
  settings.folder = context.reserve(options.folder);
  for (const std::string& text : options.relay) settings.relays.push_back(Relay::parse(text).value());
  settings.seed = context.seed();
  // Frames of another file than the one that was divided and mixed would get cover that is not theirs.
  settings.read = [&context](const std::filesystem::path& file, const capture::FileChecksum& read) {
    context.record_input({file.string(), read.bytes(), read.text()});
  };
  return settings;
}

class PcapWriterStage {
 public:
  using Options = PcapWriterOptions;
  PcapWriterStage(const Options& options, StageContext& context)
      : context_(context), folder_(options.folder), writer_(settings_of(options, context)) {}

  void write(const traffic::DevicePackets& packets, const Origin& origin) {
    if (packets.reshaped)
      throw std::runtime_error("device '" + *packets.device +
                               "': its defence delays user data, or several devices share its line, so that "
                               "what leaves are not the "
                               "frames of the capture any more; captures can be written of defences that "
                               "only add dummies, of lines "
                               "per device");
    writer_.add(packets, origin.lane, origin.sequence);
  }
  void write(const traffic::CaptureSummary& summary, const Origin&) { writer_.add(summary); }

  void commit() {
    if (context_.interrupted()) {
      // Frames come from the originals, all of them; cover would be missing after the point of interruption.
      const std::string stays = ipet::storage::what_stays(folder_);
      context_.warn("interrupted: no captures are written, since cover traffic would be missing in them" +
                    (stays.empty() ? "" : "; " + stays));
      return;
    }
    const capture::Patience patience([this] { return context_.cancelled(); });
    const auto progress = [this](double share, const std::string& file) {
      context_.check();
      context_.progress(share, file);
    };
    const auto report = writer_.commit(progress, std::bind_front(&StageContext::publish, &context_));
    for (const std::string& loss : report.losses) context_.warn(loss);
    context_.info(std::to_string(report.files.size()) +
                  (report.files.size() == 1 ? " capture of " : " captures of ") +
                  std::to_string(report.frames) +
                  (report.frames == 1 ? " original frame and " : " original frames and ") +
                  std::to_string(report.dummies) + (report.dummies == 1 ? " dummy" : " dummies"));
  }

 private:
  StageContext& context_;
  std::filesystem::path folder_;
  defended_capture::PcapWriter writer_;
};

}  // namespace

IPET_PLUGIN("pcap_writer", "0.1.0", catalog) {
  catalog.sink<PcapWriterStage>("pcap_writer")
      .about("Writes mixed traffic as pcap files: the original frames with dummies as UDP among them.")
      .input<traffic::DevicePackets>("packets", "What a mixer gives.")
      .input<traffic::CaptureSummary>("summary", "What device_splitter says of each capture.")
      .reads_inputs_again()
      .option("folder", &PcapWriterOptions::folder, required{},
              "Where the captures go: per recording NAME.pcap, and NAME.dummies.csv that tells the dummies.")
      .option(
          "relay", &PcapWriterOptions::relay,
          "Address and port that dummies go to and come from. Of several, each device gets the first of an "
          "address family that it uses. The defaults are documentation addresses, port 9 (discard).")
      .option("device_port", &PcapWriterOptions::device_port, minimum(1), "The device's port of that flow.")
      .option("payload", &PcapWriterOptions::payload, choices(defended_capture::payloads),
              "Bytes in the dummies.")
      .check([](const PcapWriterOptions& options, const OptionPlaces& at) {
        for (const std::string& text : options.relay) {
          if (!Relay::parse(text))
            at.problem("relay", "'" + text + "' is not an address and a port",
                       "write 192.0.2.1:9 or [2001:db8::1]:9");
        }
        if (options.relay.empty()) at.problem("relay", "no relay is given");
      })
      .check_environment([](const PcapWriterOptions& options, const Place& where, Problems& problems) {
        const std::string obstacle = storage::obstacle_to(options.folder / "NAME.pcap");
        if (!obstacle.empty()) problems.push_back({"output", where, obstacle, ""});
      });
}
