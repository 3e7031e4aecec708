// Sink: the HDF5 result file of a run.
#include "stages/storage/hdf5_writer.hpp"

#include <filesystem>
#include <string>

#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/wrapping.hpp"
#include "plugins/shared/drawing.hpp"
#include "plugins/shared/tell_stored.hpp"

namespace {

using ipet::Origin;
namespace storage = ipet::storage;

struct WriterOptions {
  std::filesystem::path file;
  int compression = 4;
};

storage::RunFacts facts_of(const ipet::StageContext& context) {
  ipet::RunRecord run = context.run();
  storage::RunFacts facts;
  facts.name = std::move(run.pipeline);
  facts.definition = std::move(run.definition);
  facts.command_line = std::move(run.command_line);
  facts.version = std::move(run.version);
  facts.created = std::move(run.created);
  facts.seed = run.seed;
  facts.interrupted = context.interrupted();
  for (ipet::PluginRecord& plugin : run.plugins)
    facts.plugins.push_back({plugin.name, plugin.version, plugin.path, plugin.checksum});
  for (ipet::InputRecord& input : run.inputs)
    facts.inputs.push_back({input.path, input.bytes, input.checksum});
  for (ipet::StageUse& stage : run.stages)
    facts.stages.push_back({stage.stage, stage.plugin, stage.seconds, stage.cpu_seconds, stage.peak_bytes,
                            stage.messages, stage.items});
  return facts;
}

class Hdf5WriterStage {
 public:
  using Options = WriterOptions;
  Hdf5WriterStage(const Options& options, ipet::StageContext& context)
      : context_(context), file_(context.reserve(options.file)), writer_(options.file, options.compression) {
    writer_.on_write([this] { draws_ ? ipet::check_drawing(context_) : context_.check(); });
  }

  void write(const ipet::windows::WindowBatch& batch, const Origin& origin) { part(batch, origin); }
  void write(const ipet::windows::AggregateBatch& batch, const Origin& origin) { part(batch, origin); }
  void write(const ipet::traffic::DevicePackets& batch, const Origin& origin) { part(batch, origin); }
  void write(const ipet::traffic::CaptureSummary& summary, const Origin&) {
    others_ = true;
    writer_.add(summary);
  }
  void write(const ipet::fingerprint::TrainedModel& value, const Origin& origin) { whole(value, origin); }
  void write(const ipet::generator::GeneratorSet& value, const Origin& origin) { whole(value, origin); }
  void write(const ipet::defence::Perturbations& value, const Origin& origin) {
    ipet::tell_stored(context_, value);
    draws_ = true;
    add(value, origin);
  }
  void write(const ipet::evaluation::EvaluationReport& value, const Origin& origin) { whole(value, origin); }
  void write(const ipet::evaluation::DetectionReport& value, const Origin& origin) { whole(value, origin); }

  void commit() {
    draws_ = draws_ && !others_;
    try {
      const std::filesystem::path written =
          writer_.commit(facts_of(context_), std::bind_front(&ipet::StageContext::publish, &context_));
      if (written != file_)
        context_.warn("interrupted: the earlier " + file_.string() + " stays, the partial result is in " +
                      written.string());
    } catch (const ipet::Interrupted&) {
      return ipet::tell_given_up(context_, file_);
    }
    const std::string names = ipet::text::named(writer_.devices_without_windows(), 12);
    if (!names.empty()) context_.warn("devices without any windows: " + names);
  }

 private:
  /// The lane of a whole value ends with the id of the stage that made it; hdf5_reader names its units so
  /// too, with the id that the file had.
  template <class Value>
  void add(const Value& value, const Origin& origin) {
    writer_.add(value, origin.lane.substr(origin.lane.rfind(':') + 1));
  }
  template <class Value>
  void whole(const Value& value, const Origin& origin) {
    others_ = true;
    add(value, origin);
  }
  template <class Batch>
  void part(const Batch& batch, const Origin& origin) {
    others_ = true;
    writer_.add(batch, {origin.lane, origin.sequence});
  }

  ipet::StageContext& context_;
  std::filesystem::path file_;
  bool draws_ = false, others_ = false;  ///< perturbations, and results that are not drawn again so easily
  storage::Hdf5Writer writer_;
};

void check_environment(const WriterOptions& options, const ipet::Place& where, ipet::Problems& problems) {
  const std::string obstacle = storage::obstacle_to(options.file);
  if (!obstacle.empty()) problems.push_back({"output", where, obstacle, ""});
}

}  // namespace

IPET_PLUGIN("hdf5_writer", "1.0", catalog) {
  catalog.sink<Hdf5WriterStage>("hdf5_writer")
      .about(
          "Writes windows, aggregates, models, generators, perturbations, traffic and evaluation to one HDF5 "
          "file.")
      .input<ipet::windows::WindowBatch>("values", "Anything that the result file has a place for.")
      .input<ipet::windows::AggregateBatch>("values")
      .input<ipet::traffic::DevicePackets>("values")
      .input<ipet::traffic::CaptureSummary>("values")
      .input<ipet::fingerprint::TrainedModel>("values")
      .input<ipet::generator::GeneratorSet>("values")
      .input<ipet::defence::Perturbations>("values")
      .input<ipet::evaluation::EvaluationReport>("values")
      .input<ipet::evaluation::DetectionReport>("values")
      .option("file", &WriterOptions::file, ipet::required{}, "The result file; its folder is created.")
      .option("compression", &WriterOptions::compression, ipet::minimum(0), ipet::maximum(9),
              "Deflate level; 0 stores as is.")
      .check_environment(check_environment);
}
