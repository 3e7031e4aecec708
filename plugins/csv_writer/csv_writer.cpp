// Sink: one kind of result as a CSV file.
#include "stages/interchange/csv_writer.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/drawing.hpp"
#include "plugins/shared/tell_stored.hpp"

namespace {

using ipet::Origin;
namespace interchange = ipet::interchange;
namespace storage = ipet::storage;

struct CsvWriterOptions : interchange::CsvOptions {
  std::filesystem::path file;
};

class CsvWriterStage {
 public:
  using Options = CsvWriterOptions;
  CsvWriterStage(const Options& options, ipet::StageContext& context)
      : context_(context), file_(context.reserve(options.file)), writer_(options.file, options) {
    writer_.on_write([this] { draws_ ? ipet::check_drawing(context_) : context_.check(); });
  }

  void write(const ipet::windows::WindowBatch& batch, const Origin& origin) {
    writer_.add(batch, {origin.lane, origin.sequence});
  }
  void write(const ipet::traffic::DevicePackets& batch, const Origin& origin) {
    writer_.add(batch, {origin.lane, origin.sequence});
  }
  void write(const ipet::defence::Perturbations& value, const Origin& origin) {
    ipet::tell_stored(context_, value);
    draws_ = true;
    whole(value, origin);
  }
  void write(const ipet::evaluation::EvaluationReport& value, const Origin& origin) { whole(value, origin); }
  void write(const ipet::evaluation::DetectionReport& value, const Origin& origin) { whole(value, origin); }

  void commit() {
    try {
      tell(writer_.commit(context_.interrupted(), std::bind_front(&ipet::StageContext::publish, &context_)));
    } catch (const ipet::Interrupted&) {
      ipet::tell_given_up(context_, file_);
    }
  }

 private:
  void tell(const std::filesystem::path& written) {
    const std::string stays = storage::what_stays(file_);
    if (written.empty())
      context_.warn(
          std::string(context_.interrupted() ? "interrupted before there was anything" : "there is nothing") +
          " to write: " + (stays.empty() ? "no " + file_.string() : stays));
    else if (written != file_)
      context_.warn("interrupted: " + stays + ", the partial result is in " + written.string());
  }

  /// The lane of a whole value ends with the id of the stage that made it.
  template <class Value>
  void whole(const Value& value, const Origin& origin) {
    writer_.add(value, origin.lane.substr(origin.lane.rfind(':') + 1));
  }

  ipet::StageContext& context_;
  std::filesystem::path file_;
  bool draws_ = false;
  interchange::CsvWriter writer_;
};

}  // namespace

IPET_PLUGIN("csv_writer", "1.0", catalog) {
  using O = CsvWriterOptions;
  catalog.sink<CsvWriterStage>("csv_writer")
      .about("Writes perturbations, windows, packets or evaluations as a CSV file.")
      .input<ipet::defence::Perturbations>("values", "One kind of result.")
      .input<ipet::windows::WindowBatch>("values")
      .input<ipet::traffic::DevicePackets>("values")
      .input<ipet::evaluation::EvaluationReport>("values")
      .input<ipet::evaluation::DetectionReport>("values")
      .option("file", &O::file, ipet::required{}, "The CSV file; its folder is created.")
      .option("header", &O::header, "Begin with a line of column names.")
      .option("labels", &O::labels, ipet::choices(interchange::label_words),
              "Of perturbations, columns device, sample and slot before the others; auto: for several "
              "devices only, as the published implementation reads a single device without them.")
      .option("table", &O::evaluation, ipet::choices(interchange::evaluation_tables),
              "Of evaluations and games, \"scores\" with what each defence cost, \"predictions\", what each "
              "attacker "
              "named each test row, or \"overhead\", packets and bytes of each device's line.")
      .check_environment([](const O& options, const ipet::Place& where, ipet::Problems& problems) {
        const std::string obstacle = ipet::storage::obstacle_to(options.file);
        if (!obstacle.empty()) problems.push_back({"output", where, obstacle, ""});
      });
}
