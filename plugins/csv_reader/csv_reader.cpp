// csv_reader: reads TCP and UDP packets from traces in the published format; stands where pcap_reader stands.
#include <mutex>
#include <stdexcept>
#include <utility>

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "stages/interchange/decimal_time.hpp"
#include "stages/interchange/trace_reader.hpp"

namespace {

using namespace ipet;
using interchange::TraceReader;
using interchange::TraceStatistics;
using traffic::Nanoseconds;
using traffic::PacketBatch;

struct CsvReaderOptions {
  std::vector<InputPath> files;
  std::vector<std::string> start = {"0"};
  std::size_t batch_packets = 4096;
  double batch_seconds = 600;
  std::string on_bad_file = "skip";

  [[nodiscard]] bool skips() const { return on_bad_file == "skip"; }
  /// When frame.time_relative is 0, of one of `files` files.
  [[nodiscard]] Nanoseconds start_of(std::size_t file, std::size_t of) const {
    if (start.size() != 1 && start.size() != of)
      throw std::runtime_error("option 'start' gives " + std::to_string(start.size()) + " times for " +
                               std::to_string(of) + " traces; give one for all, or one each");
    return interchange::parse_time(start.size() == 1 ? start.front() : start[file]).value();
  }
};

/// Throws capture::CaptureError when nothing can be read of a trace.
void look_at(const std::filesystem::path& file) {
  if (capture::can_be_read_once(file))
    throw capture::CaptureError(
        (file == "-" ? "standard input" : file.string()) +
        ": a trace cannot come through a pipe, since its columns are looked at before "
        "it is read; save it in a file first");
  (void)TraceReader(file, 0);
}

class CsvReader {
 public:
  using Options = CsvReaderOptions;

  CsvReader(const Options& options, StageContext& context)
      : options_(options),
        context_(context),
        files_(interchange::find_traces({options.files.begin(), options.files.end()})) {
    (void)options.start_of(0, files_.size());
    std::string all;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      try {
        look_at(files_[i].path);
        good_.push_back(i);
      } catch (const capture::CaptureError& error) {
        bad_.emplace_back(error.what());
        all += (all.empty() ? "" : "\n") + bad_.back();
      }
    }
    if (good_.empty() || (!bad_.empty() && !options.skips())) throw std::runtime_error(all);
  }
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;
  ~CsvReader() {
    if (context_.cancelled()) return;
    for (const std::string& text : bad_) context_.warn("left out: " + text);
    if (!bad_.empty())
      context_.warn(std::to_string(bad_.size()) + " of " + std::to_string(files_.size()) +
                    " traces left out, the others are used; on_bad_file = \"stop\" ends the run instead");
    if (total_.files > 0) context_.info(total_.summary());
  }

  std::vector<std::string> units() const {
    std::vector<std::string> names;
    for (const std::size_t file : good_) names.push_back(files_[file].name);
    return names;
  }
  std::unique_ptr<UnitReader> open(std::size_t unit);

  [[nodiscard]] std::size_t batch_packets() const { return options_.batch_packets; }
  [[nodiscard]] Nanoseconds batch_span() const {
    return static_cast<Nanoseconds>(options_.batch_seconds * static_cast<double>(traffic::second));
  }

  /// Takes a trace of which no row is good. Throws when it is the last hope, or when bad traces are to stop
  /// the run.
  void leave_out(const std::string& problem) {
    const std::scoped_lock lock(mutex_);
    bad_.push_back(problem);
    if (!options_.skips() || bad_.size() == files_.size()) {
      std::string all;
      for (const std::string& text : std::exchange(bad_, {})) all += (all.empty() ? "" : "\n") + text;
      throw std::runtime_error(all);
    }
  }
  void record(InputRecord file) { context_.record_input(std::move(file)); }
  /// Of an interrupted run.
  void record_part_of(const std::filesystem::path& file) {
    if (!context_.cancelled()) context_.record_input({file.string(), std::filesystem::file_size(file), {}});
  }

  /// Says what a trace lost.
  void report(const TraceReader& reader) {
    for (const std::string& text : reader.losses()) context_.warn(text);
    const std::scoped_lock lock(mutex_);
    total_.add(reader.statistics());
  }

 private:
  Options options_;
  StageContext& context_;
  std::vector<capture::InputFile> files_;
  std::vector<std::size_t> good_;  ///< of files_: those that can be opened
  std::mutex mutex_;
  std::vector<std::string> bad_;  ///< why traces were left out
  TraceStatistics total_;
};

class TraceUnit final : public UnitReader {
 public:
  TraceUnit(CsvReader& stage, const capture::InputFile& file, std::uint32_t number, Nanoseconds start)
      : stage_(stage), file_(file.path), reader_(file.path, start, &checksum_), number_(number) {
    name_ = std::make_shared<const std::string>(file.name);
    files_ = std::make_shared<const std::vector<std::string>>(1, file.path.string());
  }
  TraceUnit(const TraceUnit&) = delete;
  TraceUnit& operator=(const TraceUnit&) = delete;
  ~TraceUnit() override {
    if (read_) return;
    try {
      stage_.record_part_of(file_);
    } catch (const std::exception&) {  // gone meanwhile: it stays without a record
    }
  }

  /// A trace without packets gives one empty batch, so that it has a summary. One without a good row is left
  /// out.
  bool next(Emitter& emit) override {
    PacketBatch batch;
    batch.capture = number_;
    batch.capture_name = name_;
    batch.files = files_;
    batch.packets.reserve(stage_.batch_packets());
    const bool more = reader_.next(stage_.batch_packets(), stage_.batch_span(), batch.packets);
    if (!more) {
      read_ = true;
      checksum_.finish();
      stage_.record({file_.string(), checksum_.bytes(), checksum_.text()});
    }
    if (const std::string problem = more ? "" : reader_.no_good_row(); !problem.empty()) {
      stage_.leave_out(problem);
      return false;
    }
    if (!batch.packets.empty() || (!more && !emitted_)) {
      emitted_ = true;
      batch.packets.shrink_to_fit();
      emit(std::move(batch));
    }
    if (!more) stage_.report(reader_);
    return more;
  }

 private:
  CsvReader& stage_;
  std::filesystem::path file_;
  capture::FileChecksum checksum_;
  TraceReader reader_;
  bool read_ = false;
  std::uint32_t number_;
  std::shared_ptr<const std::string> name_;
  std::shared_ptr<const std::vector<std::string>> files_;
  bool emitted_ = false;
};

std::unique_ptr<UnitReader> CsvReader::open(std::size_t unit) {
  const std::size_t number = good_.at(unit);
  const auto& file = files_.at(number);
  auto reader = std::make_unique<TraceUnit>(*this, file, static_cast<std::uint32_t>(unit),
                                            options_.start_of(number, files_.size()));
  return reader;
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

/// Says before the run what its first second would: that there is no trace, or none that can be read; with
/// on_bad_file = "stop", all that cannot.
void check_files(const CsvReaderOptions& options, const Place& where, Problems& problems) {
  std::vector<std::pair<bool, std::string>> found;  // of a trace, or of an entry that names none
  std::size_t traces = 0, bad = 0;
  for (const InputPath& pattern : options.files) {
    try {
      for (const auto& file : interchange::find_traces({pattern})) {
        ++traces;
        try {
          look_at(file.path);
        } catch (const capture::CaptureError& error) {
          ++bad;
          found.emplace_back(true, error.what());
        }
      }
    } catch (const capture::CaptureError& error) {
      found.emplace_back(false, error.what());
    }
  }
  const bool tell_bad = !options.skips() || bad == traces;
  for (const auto& [of_trace, text] : found) {
    if (!of_trace || tell_bad) problems.push_back({"captures", where, text, {}});
  }
}

}  // namespace

IPET_PLUGIN("csv_reader", "1.0", catalog) {
  using O = CsvReaderOptions;
  catalog.source<CsvReader>("csv_reader")
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
      .option(
          "on_bad_file", &O::on_bad_file, choices({"skip", "stop"}),
          "A trace that cannot be read or has no good row: skip names it and uses the others, stop ends the "
          "run.")
      .check(check_options)
      .check_environment(check_files);
}
