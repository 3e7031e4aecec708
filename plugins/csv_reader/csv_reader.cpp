// csv_reader: reads TCP and UDP packets from traces in the published format; stands where pcap_reader stands.
#include <mutex>
#include <stdexcept>

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
  std::vector<std::string> files;
  std::vector<std::string> start = {"0"};
  std::size_t batch_packets = 4096;
  double batch_seconds = 600;

  /// When frame.time_relative is 0, of one of `files` files.
  [[nodiscard]] Nanoseconds start_of(std::size_t file, std::size_t of) const {
    if (start.size() != 1 && start.size() != of)
      throw std::runtime_error("option 'start' gives " + std::to_string(start.size()) + " times for " +
                               std::to_string(of) + " traces; give one for all, or one each");
    return interchange::parse_time(start.size() == 1 ? start.front() : start[file]).value();
  }
};

class CsvReader {
 public:
  using Options = CsvReaderOptions;

  CsvReader(const Options& options, StageContext& context)
      : options_(options), context_(context), files_(interchange::find_traces(options.files)) {
    (void)options.start_of(0, files_.size());
  }
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;
  ~CsvReader() {
    if (!context_.cancelled() && total_.files > 0) context_.info(total_.summary());
  }

  std::vector<std::string> units() const {
    std::vector<std::string> names;
    for (const auto& file : files_) names.push_back(file.generic_string());
    return names;
  }
  std::unique_ptr<UnitReader> open(std::size_t unit);

  [[nodiscard]] std::size_t batch_packets() const { return options_.batch_packets; }
  [[nodiscard]] Nanoseconds batch_span() const {
    return static_cast<Nanoseconds>(options_.batch_seconds * static_cast<double>(traffic::second));
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
  std::vector<std::filesystem::path> files_;
  std::mutex mutex_;
  TraceStatistics total_;
};

class TraceUnit final : public UnitReader {
 public:
  TraceUnit(CsvReader& stage, const std::filesystem::path& file, std::uint32_t number, Nanoseconds start)
      : stage_(stage), file_(file), reader_(file, start, &checksum_), number_(number) {
    name_ = std::make_shared<const std::string>(file.generic_string());
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

  /// A trace without packets gives one empty batch, so that it has a summary.
  bool next(Emitter& emit) override {
    PacketBatch batch;
    batch.capture = number_;
    batch.capture_name = name_;
    batch.packets.reserve(stage_.batch_packets());
    const bool more = reader_.next(stage_.batch_packets(), stage_.batch_span(), batch.packets);
    if (!batch.packets.empty() || (!more && !emitted_)) {
      emitted_ = true;
      batch.packets.shrink_to_fit();
      emit(std::move(batch));
    }
    if (!more) {
      read_ = true;
      checksum_.finish(file_);
      stage_.record({file_.string(), checksum_.bytes(), checksum_.text()});
      stage_.report(reader_);
    }
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
  bool emitted_ = false;
};

std::unique_ptr<UnitReader> CsvReader::open(std::size_t unit) {
  const auto& file = files_.at(unit);
  auto reader = std::make_unique<TraceUnit>(*this, file, static_cast<std::uint32_t>(unit),
                                            options_.start_of(unit, files_.size()));
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

void check_files(const CsvReaderOptions& options, const Place& where, Problems& problems) {
  for (const std::string& pattern : options.files) {
    try {
      for (const auto& file : interchange::find_traces({pattern})) (void)TraceReader(file, 0);
    } catch (const capture::CaptureError& error) {
      problems.push_back({"captures", where, error.what(), {}});
    }
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
      .check(check_options)
      .check_environment(check_files);
}
