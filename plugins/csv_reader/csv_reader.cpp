// csv_reader: reads TCP and UDP packets from traces in the published format; stands where pcap_reader stands.
#include "stages/interchange/csv_reader.hpp"

#include <mutex>
#include <stdexcept>
#include <utility>

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/lists.hpp"
#include "plugins/shared/own_results.hpp"
#include "stages/capture/part_names.hpp"
#include "stages/capture/patience.hpp"
#include "stages/interchange/decimal_time.hpp"

namespace {

using namespace ipet;
using interchange::CsvReader;
using traffic::Nanoseconds;
using traffic::PacketBatch;

struct CsvReaderOptions {
  std::vector<InputPath> files;
  std::vector<std::string> start = {"0"};
  std::size_t batch_packets = 4096;
  std::chrono::nanoseconds batch_seconds = std::chrono::minutes(10);
  capture::OnBadFile on_bad_file = capture::OnBadFile::skip;
  capture::ClockSteps clock_steps = capture::ClockSteps::split;

  [[nodiscard]] bool skips() const { return on_bad_file == capture::OnBadFile::skip; }
  /// When frame.time_relative is 0, of one of `files` files.
  [[nodiscard]] Nanoseconds start_of(std::size_t file, std::size_t of) const {
    if (start.size() != 1 && start.size() != of)
      throw std::runtime_error("option 'start' gives " + std::to_string(start.size()) + " times for " +
                               std::to_string(of) + " traces; give one for all, or one each");
    return interchange::parse_time(start.size() == 1 ? start.front() : start[file]).value();
  }
};

/// Throws capture::CaptureError when nothing can be read of a trace, saying why. Of a good one, that is told
/// by its first rows.
void look_at(const std::filesystem::path& file) {
  if (capture::can_be_read_once(file))
    throw capture::CaptureError(
        (file == "-" ? "standard input" : file.string()) +
        ": a trace cannot come through a pipe, since its columns are looked at before "
        "it is read; save it in a file first");
  CsvReader trace(file, 0);
  trace.find_good_row();
  if (const std::string problem = trace.no_good_row(); !problem.empty()) throw capture::CaptureError(problem);
}

/// Traces that an option names, and those of them of which nothing can be read.
struct Looked {
  std::vector<capture::InputFile> files;
  std::vector<std::size_t> good;  ///< of the files
  std::vector<std::string> bad;   ///< why nothing can be read, of each other

  explicit Looked(std::vector<capture::InputFile> named) : files(std::move(named)) {
    for (std::size_t i = 0; i < files.size() && !capture::Patience::is_over(); ++i) {
      try {
        look_at(files[i].path);
        good.push_back(i);
      } catch (const capture::ReadError&) {  // of the system: it says nothing of the trace
        throw;
      } catch (const capture::CaptureError& error) {
        bad.emplace_back(error.what());
      }
    }
  }
  [[nodiscard]] bool fails(const CsvReaderOptions& options) const {
    return good.empty() || (!bad.empty() && !options.skips());
  }
  [[nodiscard]] std::string text() const {
    if (files.size() == 1) return bad.front();
    std::string all =
        std::to_string(bad.size()) + " of " + std::to_string(files.size()) + " traces cannot be read:";
    for (const std::string& each : bad) all += "\n  " + each;
    return all;
  }
};

class CsvReaderStage {
 public:
  using Options = CsvReaderOptions;

  CsvReaderStage(const Options& options, StageContext& context)
      : options_(options), context_(context), looked_(look(options, context)) {
    (void)options.start_of(0, looked_.files.size());
    if (looked_.fails(options)) throw std::runtime_error(looked_.text());
    names_ = capture::PartNames(units());
  }
  CsvReaderStage& operator=(CsvReaderStage&&) = delete;
  void finish(Emitter&) {
    for (const std::string& text : looked_.bad) context_.warn("left out: " + text);
    if (!looked_.bad.empty())
      context_.warn(std::to_string(looked_.bad.size()) + " of " + std::to_string(looked_.files.size()) +
                    " traces left out, the others are used; on_bad_file = \"stop\" ends the run instead");
    if (total_.files > 0)
      context_.info(total_.summary() +
                    (in_part_ == 0
                         ? ""
                         : "; interrupted: " + std::to_string(in_part_) + " of " +
                               std::to_string(looked_.good.size()) +
                               (looked_.good.size() == 1 ? " trace" : " traces") + " read in part"));
  }

  std::vector<std::string> units() const {
    return text::mapped(looked_.good, [&](std::size_t file) { return looked_.files[file].name; });
  }
  std::unique_ptr<UnitReader> open(std::size_t unit);
  [[nodiscard]] const capture::PartNames& names() const { return names_; }

  [[nodiscard]] std::size_t batch_packets() const { return options_.batch_packets; }
  [[nodiscard]] Nanoseconds batch_span() const { return options_.batch_seconds.count(); }

  [[nodiscard]] bool stops() const { return context_.interrupted() || context_.cancelled(); }
  void record(InputRecord file) { context_.record_input(std::move(file)); }
  /// Records a file that an interrupted run read in part.
  void record_part_of(const std::filesystem::path& file) {
    if (!context_.cancelled()) context_.record_input({file.string(), std::filesystem::file_size(file), {}});
  }

  /// Of a trace that an interrupted run did not read to its end: what was read counts.
  void count_part(const interchange::TraceStatistics& statistics) {
    const std::scoped_lock lock(mutex_);
    total_.add(statistics);
    ++in_part_;
  }
  /// Says what a trace lost.
  void report(std::uint32_t unit, const CsvReader& reader) {
    for (const std::string& text : reader.losses()) context_.warn(text);
    if (reader.statistics().clock_steps > 0)
      context_.warn(
          names_.name(unit, 0) + ": " +
          capture::text_of_steps(options_.clock_steps == capture::ClockSteps::move, names_.name(unit, 1)));
    const std::scoped_lock lock(mutex_);
    total_.add(reader.statistics());
  }

 private:
  static Looked look(const Options& options, StageContext& context) {
    try {
      const capture::Patience patience([&] { return context.interrupted() || context.cancelled(); });
      const std::vector<std::string> patterns(options.files.begin(), options.files.end());
      std::vector<capture::InputFile> files = interchange::find_traces(patterns);
      leave_out_own_results(files, patterns, context, "traces");
      Looked looked(std::move(files));
      context.check_interrupted();  // else what was found is not all
      return looked;
    } catch (const std::exception&) {
      context.check_interrupted();
      throw;
    }
  }

  Options options_;
  StageContext& context_;
  Looked looked_;
  capture::PartNames names_;  ///< of the good traces
  std::mutex mutex_;
  interchange::TraceStatistics total_;
  std::size_t in_part_ = 0;  ///< traces that were begun, in an interrupted run
};

class TraceUnit final : public UnitReader {
 public:
  TraceUnit(CsvReaderStage& stage, const std::filesystem::path& file, std::uint32_t unit, Nanoseconds start,
            capture::ClockSteps steps)
      : stage_(stage), file_(file), reader_(file, start, &checksum_, steps), unit_(unit) {
    labels_.files = std::make_shared<const std::vector<std::string>>(1, file.string());
    labels_.reading.steps_moved = steps == capture::ClockSteps::move;
    begin_part(0);
  }
  TraceUnit& operator=(TraceUnit&&) = delete;
  void stopped() override {
    if (emitted_) stage_.count_part(reader_.statistics());
    record_part();
  }

  /// A trace without packets gives one empty batch, so that it has a summary.
  bool next(Emitter& emit) override {
    const capture::Patience patience([this] { return stage_.stops(); });
    std::vector<traffic::Packet> packets;
    const bool more = reader_.next(stage_.batch_packets(), stage_.batch_span(), packets);
    if (!more) {
      checksum_.finish();
      if (stage_.stops())
        record_part();  // who knows whether that was all
      else
        stage_.record({file_.string(), checksum_.bytes(), checksum_.text()});
      // It had one when the run began.
      if (const std::string problem = reader_.no_good_row(); !problem.empty())
        throw std::runtime_error(problem);
    }
    if (!packets.empty() || (!more && !emitted_)) {
      if (reader_.part() != labels_.reading.part) begin_part(reader_.part());
      emitted_ = true;
      PacketBatch batch = labels_;
      batch.packets = std::move(packets);
      emit(std::move(batch), *labels_.capture_name);
    }
    if (!more) stage_.report(unit_, reader_);
    return more;
  }

 private:
  void record_part() {
    try {
      stage_.record_part_of(file_);
    } catch (const std::exception&) {  // gone meanwhile: it stays without a record
    }
  }

  void begin_part(std::uint32_t part) {
    labels_.reading.part = part;
    labels_.capture = stage_.names().number(unit_, part);
    labels_.capture_name = std::make_shared<const std::string>(stage_.names().name(unit_, part));
  }

  CsvReaderStage& stage_;
  std::filesystem::path file_;
  capture::FileChecksum checksum_;
  CsvReader reader_;
  const std::uint32_t unit_;
  PacketBatch labels_;  ///< without packets
  bool emitted_ = false;
};

std::unique_ptr<UnitReader> CsvReaderStage::open(std::size_t unit) {
  const std::size_t number = looked_.good.at(unit);
  return std::make_unique<TraceUnit>(*this, looked_.files.at(number).path, static_cast<std::uint32_t>(unit),
                                     options_.start_of(number, looked_.files.size()), options_.clock_steps);
}

void check_options(const CsvReaderOptions& options, const OptionPlaces& at) {
  if (options.files.empty()) at.problem("files", "names no trace");
  if (options.start.empty()) at.problem("start", "names no time");
  for (const std::string& text : options.start) {
    if (!interchange::parse_time(text))
      at.problem("start", "'" + text +
                              "' is neither a time in UTC such as 2021-03-08T15:22:15Z nor seconds since the "
                              "epoch");
  }
}

/// Says before the run what its first second would: which entries name nothing, and which traces cannot be
/// read.
void check_files(const CsvReaderOptions& options, const Place& where, Problems& problems) {
  std::vector<capture::InputFile> files;
  for (const InputPath& pattern : options.files) {
    try {
      for (capture::InputFile& file : interchange::find_traces({pattern})) files.push_back(std::move(file));
    } catch (const capture::CaptureError& error) {
      problems.push_back({"captures", where, error.what(), {}});
    }
  }
  if (files.empty()) return;
  try {
    const Looked looked(std::move(files));
    if (looked.fails(options)) problems.push_back({"captures", where, looked.text(), {}});
  } catch (const capture::ReadError& error) {
    problems.push_back({"captures", where, error.what(), {}});
  }
}

}  // namespace

IPET_PLUGIN("csv_reader", "1.0", catalog) {
  using O = CsvReaderOptions;
  catalog.source<CsvReaderStage>("csv_reader")
      .about(
          "Reads TCP and UDP packets from traces in the published CSV format, gzip or zstd compressed too; "
          "stands where pcap_reader stands.")
      .output<PacketBatch>("packets", "Packets of a trace in time order.")
      .option("files", &O::files, required{}, "Traces: globs, folders or single files.")
      .option("start", &O::start,
              "When frame.time_relative is 0, in UTC (2021-03-08T15:22:15Z) or in seconds since the epoch: "
              "one time for all traces, or one each; frame.time_epoch needs none.")
      .option("batch_packets", &O::batch_packets, minimum(1), maximum(1'000'000),
              "Packets in one message, at most.")
      .option("batch_seconds", &O::batch_seconds, minimum(1e-3), maximum(1e9), unit("s"),
              "Time that one message spans, at most: bounds what a mixer makes of it.")
      .option("on_bad_file", &O::on_bad_file, choices(capture::bad_file_words),
              "A trace that cannot be read or has no good row: it is named and left out, or all of them are "
              "named and the run stops before it begins.")
      .option(
          "clock_steps", &O::clock_steps, choices(capture::clock_step_words),
          "Where the clock was set while recording: what follows is a trace of its own, or is moved so that "
          "time goes on.")
      .check(check_options)
      .check_environment(check_files);
}
