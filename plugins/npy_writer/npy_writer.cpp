// Sink: results as numpy files for the published Python implementation.
#include "stages/interchange/npy_writer.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/drawing.hpp"
#include "plugins/shared/tell_stored.hpp"

namespace {

using ipet::Origin;
namespace interchange = ipet::interchange;

struct NpyWriterOptions {
  std::filesystem::path folder;
};

class NpyWriterStage {
 public:
  using Options = NpyWriterOptions;
  NpyWriterStage(const Options& options, ipet::StageContext& context)
      : context_(context), folder_(context.reserve(options.folder)), writer_(options.folder) {
    writer_.on_write([this] { draws_ ? ipet::check_drawing(context_) : context_.check(); });
  }

  void write(const ipet::windows::WindowBatch& batch, const Origin& origin) {
    others_ = true;
    writer_.add(batch, {origin.lane, origin.sequence});
  }
  void write(const ipet::traffic::DevicePackets& batch, const Origin& origin) {
    others_ = true;
    writer_.add(batch, {origin.lane, origin.sequence});
  }
  /// The lane of a whole value ends with the id of the stage that made it.
  void write(const ipet::defence::Perturbations& value, const Origin& origin) {
    ipet::tell_stored(context_, value);
    draws_ = true;
    writer_.add(value, origin.lane.substr(origin.lane.rfind(':') + 1));
  }

  void commit() {
    draws_ = draws_ && !others_;
    try {
      const std::filesystem::path written =
          writer_.commit(context_.interrupted(), std::bind_front(&ipet::StageContext::publish, &context_));
      if (written != folder_)
        context_.warn("interrupted: the earlier files in " + folder_.string() +
                      " stay, the partial result is in " + written.string());
    } catch (const ipet::Interrupted&) {
      ipet::tell_given_up(context_, folder_);
    }
  }

 private:
  ipet::StageContext& context_;
  std::filesystem::path folder_;
  bool draws_ = false, others_ = false;  ///< perturbations, and results that are not drawn again so easily
  interchange::NpyWriter writer_;
};

}  // namespace

IPET_PLUGIN("npy_writer", "1.0", catalog) {
  using O = NpyWriterOptions;
  catalog.sink<NpyWriterStage>("npy_writer")
      .about(
          "Writes windows, perturbations and traces as numpy files for the published Python implementation "
          "(float64, columns in before out).")
      .input<ipet::windows::WindowBatch>("values", "Anything that has a place in the folder.")
      .input<ipet::traffic::DevicePackets>("values")
      .input<ipet::defence::Perturbations>("values")
      .option("folder", &O::folder, ipet::required{}, "Where the files go; created.")
      .check_environment([](const O& options, const ipet::Place& where, ipet::Problems& problems) {
        const std::string obstacle = ipet::storage::obstacle_to(options.folder / "contents.json");
        if (!obstacle.empty()) problems.push_back({"output", where, obstacle, ""});
      });
}
