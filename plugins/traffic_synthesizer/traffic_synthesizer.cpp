// Stage `traffic_synthesizer`: recordings of a modelled smart home, for trying the system without captures.
#include "stages/synthesis/traffic_synthesizer.hpp"

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "stages/capture/capture_files.hpp"

namespace {

namespace synthesis = ipet::synthesis;

struct SynthesizerOptions : synthesis::TrafficSynthesizerOptions {
  ipet::InputFile home = "datasets/synthetic-home/home.toml";
  std::string start_text = "2026-03-02T16:00:00Z";
};

class TrafficSynthesizer {
 public:
  using Options = SynthesizerOptions;
  TrafficSynthesizer(const Options& options, ipet::StageContext& context)
      : options_(options), context_(context) {
    const synthesis::TrafficSynthesizerOptions settings = this->settings();
    context_.reserve(settings.folder);
    for (const std::filesystem::path& file : synthesis::synthesised_files(settings)) context_.reserve(file);
  }

  void run(ipet::Emitter& emit) {
    if (std::filesystem::is_regular_file(options_.home)) context_.record_input(options_.home);
    const synthesis::Home home = synthesis::read_home(options_.home);
    context_.record_input(options_.home);  // has not changed meanwhile
    const synthesis::TrafficSynthesizerOptions options = settings();
    const auto progress = [this](double fraction, std::string_view text) {
      context_.check_interrupted();
      context_.progress(fraction, text);
    };
    // At once: later stages of this run read them.
    auto made = synthesis::synthesise(home, options, progress,
                                      std::bind_front(&ipet::StageContext::publish, &context_));
    context_.info(std::to_string(made.packets) + " packets of " + std::to_string(home.devices.size()) +
                  " devices in " + options.folder.string());
    emit(ipet::capture::CaptureFiles{std::move(made.files), std::move(made.devices)});
  }

 private:
  [[nodiscard]] synthesis::TrafficSynthesizerOptions settings() const {
    synthesis::TrafficSynthesizerOptions settings = options_;
    settings.start = synthesis::parse_time(options_.start_text).value();
    settings.seed = context_.seed();
    if (settings.folder.empty()) settings.folder = context_.output_folder() / "captures";
    return settings;
  }

  Options options_;
  ipet::StageContext& context_;
};

void check(const SynthesizerOptions& options, const ipet::OptionPlaces& at) {
  if (!synthesis::parse_time(options.start_text))
    at.problem("start",
               "must be a time in UTC such as 2026-03-02T16:00:00Z, not '" + options.start_text + "'");
}

}  // namespace

IPET_PLUGIN("traffic_synthesizer", "1.0", catalog) {
  using O = SynthesizerOptions;
  catalog.task<TrafficSynthesizer>("traffic_synthesizer")
      .about("Makes captures of a modelled smart home, and the devices file that goes with them.")
      .output<ipet::capture::CaptureFiles>("captures", "pcap files and devices.toml")
      .option("home", &O::home, "The modelled home: devices and what they send.")
      .option("captures", &O::captures, ipet::minimum(1), ipet::maximum(100000), "How many recordings.")
      .option("duration_seconds", &O::duration, ipet::unit("s"), ipet::minimum(1), ipet::maximum(31 * 86400),
              "Length of a recording.")
      .option("interval_seconds", &O::interval, ipet::unit("s"), ipet::minimum(0), ipet::maximum(31 * 86400),
              "From the start of a recording to that of the next; at least the duration.")
      .option("start", &O::start_text, "Start of the first recording, UTC, such as 2026-03-02T16:00:00Z.")
      .option("snaplen", &O::snaplen, ipet::unit("bytes"), ipet::minimum(0), ipet::maximum(65535),
              "Bytes kept of each packet (lengths in its headers stay true); 0: all.")
      .option("folder", &O::folder, "Where the captures go; default: `captures` in the run's output folder.")
      .check(check);
}
