// Task `device_models`: models of devices as files (stages/device_model/model_text.hpp).
#include "stages/device_model/device_models.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace device_model = ipet::device_model;

class DeviceModels {
 public:
  using Options = device_model::DeviceModelsOptions;
  DeviceModels(const Options& options, ipet::StageContext& context) : options_(options), context_(context) {
    context_.reserve(options_.folder);
  }

  void run(ipet::Emitter&) {
    const auto files = device_model::write_models(
        context_.whole<ipet::traffic::Traces>("traces"), options_, [this] { context_.check_interrupted(); },
        std::bind_front(&ipet::StageContext::publish, &context_));
    context_.info(std::to_string(files.size()) + (files.size() == 1 ? " model in " : " models in ") +
                  options_.folder.string());
  }

 private:
  Options options_;
  ipet::StageContext& context_;
};

}  // namespace

IPET_PLUGIN("device_models", "1.0", catalog) {
  using O = device_model::DeviceModelsOptions;
  catalog.task<DeviceModels>("device_models")
      .about(
          "Writes what devices do, one file each: timers, events, sizes and times of their packets. The "
          "defence unison imitates devices from such files (phantom_models).")
      .whole<ipet::traffic::Traces>("traces", "undefended packets of the devices")
      .option("folder", &O::folder, ipet::required{}, "Where NAME.toml of each device goes; it is created.")
      .option("devices", &O::devices, "Of these devices; empty: of all that say anything.")
      .option("days", &O::days, ipet::unit("days"), ipet::minimum(0), ipet::maximum(100'000),
              "From so many days of the recordings, the first ones; 0: all.")
      .option("day_offset_hours", &O::day_offset_hours, ipet::unit("h"), ipet::minimum(-24),
              ipet::maximum(24), "When a day begins, after midnight UTC.")
      .option("beats", &O::beats, ipet::minimum(1), ipet::maximum(100'000),
              "Bursts that are kept of each timer, the last ones.")
      .option("packets", &O::packets, ipet::unit("packets"), ipet::minimum(1), ipet::maximum(10'000'000),
              "What is kept of other bursts: the last ones that have so many packets together.")
      .check_environment([](const O& options, const ipet::Place& where, ipet::Problems& problems) {
        const std::string obstacle = ipet::storage::obstacle_to(options.folder / "NAME.toml");
        if (!obstacle.empty()) problems.push_back({"output", where, obstacle, ""});
      });
}
