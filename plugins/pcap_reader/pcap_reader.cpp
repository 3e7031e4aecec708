// pcap_reader: reads TCP and UDP packets from pcap and pcapng captures (formats.md, "Captures").
#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "pipeline/sdk/plugin.hpp"
#include "stages/capture/capture_files.hpp"
#include "stages/capture/capture_reader.hpp"
#include "stages/capture/recordings.hpp"

namespace {

using namespace ipet;
using capture::CaptureFiles;
using capture::CaptureReader;
using capture::CaptureStatistics;
using capture::Grouping;
using capture::Recording;
using traffic::Nanoseconds;
using traffic::PacketBatch;

struct PcapReaderOptions {
  std::vector<std::string> files;
  std::string recordings = "file";
  std::size_t batch_packets = 16'384;
  double batch_seconds = 600;

  [[nodiscard]] Grouping grouping() const {
    return recordings == "joined"   ? Grouping::joined
           : recordings == "folder" ? Grouping::folder
                                    : Grouping::file;
  }
};

class PcapReader {
 public:
  using Options = PcapReaderOptions;

  PcapReader(const Options& options, StageContext& context) : options_(options), context_(context) {
    const auto made = context.whole<CaptureFiles>("captures");
    if (made != nullptr && !options.files.empty())
      throw std::runtime_error(
          "takes its captures from option 'files' or from input 'captures', not from both");
    if (made == nullptr && options.files.empty())
      throw std::runtime_error("no captures: give option 'files' or connect input 'captures'");
    recordings_ = capture::group_recordings(made ? made->files : capture::find_captures(options.files),
                                            options.grouping());
  }
  PcapReader(const PcapReader&) = delete;
  PcapReader& operator=(const PcapReader&) = delete;
  ~PcapReader() {
    if (!context_.cancelled() && total_.files > 0) context_.info(total_.summary());
  }

  std::vector<std::string> units() const {
    std::vector<std::string> names;
    for (const Recording& recording : recordings_) names.push_back(recording.name);
    return names;
  }
  std::unique_ptr<UnitReader> open(std::size_t unit);

  [[nodiscard]] std::size_t batch_packets() const { return options_.batch_packets; }
  [[nodiscard]] Nanoseconds batch_span() const {
    return static_cast<Nanoseconds>(options_.batch_seconds * static_cast<double>(traffic::second));
  }

  /// A recording alone is decoded block by block on all cores; of many, each is read on one.
  [[nodiscard]] capture::ReadingOptions reading() const {
    constexpr std::size_t most = 16;
    const std::size_t wanted = 2 * context_.threads() / std::max<std::size_t>(recordings_.size(), 1);
    return {context_.threads() > 1 ? std::clamp<std::size_t>(wanted, 1, most) : 1, true};
  }

  void record(capture::FileRead file) {
    context_.record_input({file.path.string(), file.bytes, std::move(file.checksum)});
  }
  /// A file that an interrupted run did not read to its end: what the run has of it still comes from it. It
  /// is not read for a checksum, which takes minutes where it is large.
  void record(const std::filesystem::path& file) {
    if (!context_.cancelled()) context_.record_input({file.string(), std::filesystem::file_size(file), {}});
  }

  /// Says what a recording lost.
  void report(const std::string& name, const CaptureReader& reader) {
    for (const std::string& text : reader.file_losses()) context_.warn(text);
    for (const std::string& text : reader.statistics().losses()) context_.warn(name + ": " + text);
    const std::scoped_lock lock(mutex_);
    total_.add(reader.statistics());
  }

 private:
  Options options_;
  StageContext& context_;
  std::vector<Recording> recordings_;
  std::mutex mutex_;
  CaptureStatistics total_;
};

class RecordingReader final : public UnitReader {
 public:
  RecordingReader(PcapReader& stage, const Recording& recording, std::uint32_t number)
      : stage_(stage), files_(recording.files), reader_(recording.files, stage.reading()) {
    labels_.capture = number;
    labels_.capture_name = std::make_shared<const std::string>(recording.name);
    if (recording.files.size() == 1 && recording.files.front().generic_string() == recording.name) return;
    std::vector<std::string> files;
    for (const auto& file : recording.files) files.push_back(file.generic_string());
    labels_.files = std::make_shared<const std::vector<std::string>>(std::move(files));
  }

  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;
  ~RecordingReader() override {
    try {
      for (; recorded_ < files_.size(); ++recorded_) stage_.record(files_[recorded_]);
    } catch (const std::exception&) {  // gone meanwhile: it stays without a record
    }
  }

  /// A recording without packets gives one empty batch, so that it has a summary.
  bool next(Emitter& emit) override {
    PacketBatch batch = labels_;
    const bool more = reader_.next(stage_.batch_packets(), stage_.batch_span(), batch.packets);
    for (capture::FileRead& file : reader_.take_files_read()) {
      stage_.record(std::move(file));
      ++recorded_;
    }
    if (!batch.packets.empty() || (!more && !emitted_)) {
      emitted_ = true;
      emit(std::move(batch));
    }
    if (!more) stage_.report(*labels_.capture_name, reader_);
    return more;
  }

 private:
  PcapReader& stage_;
  const std::vector<std::filesystem::path> files_;
  CaptureReader reader_;
  std::size_t recorded_ = 0;  ///< of the files
  PacketBatch labels_;        ///< without packets
  bool emitted_ = false;
};

std::unique_ptr<UnitReader> PcapReader::open(std::size_t unit) {
  const Recording& recording = recordings_.at(unit);
  auto reader = std::make_unique<RecordingReader>(*this, recording, static_cast<std::uint32_t>(unit));
  return reader;
}

void check_files(const PcapReaderOptions& options, const Place& where, Problems& problems) {
  for (const std::string& pattern : options.files) {
    try {
      for (const auto& file : capture::find_captures({pattern})) (void)capture::open_capture_file(file);
    } catch (const capture::CaptureError& error) {
      problems.push_back({"captures", where, error.what(), {}});
    }
  }
}

}  // namespace

IPET_PLUGIN("pcap_reader", "0.1.0", catalog) {
  catalog.source<PcapReader>("pcap_reader")
      .about("Reads TCP and UDP packets from pcap and pcapng captures, gzip or zstd compressed too.")
      .whole<CaptureFiles>("captures", "Captures that a stage made, instead of option 'files'.")
      .optional()
      .output<PacketBatch>("packets", "Packets of a recording in time order.")
      .option("files", &PcapReaderOptions::files, "Captures: globs, folders or single files.")
      .option(
          "recordings", &PcapReaderOptions::recordings, choices({"file", "folder", "joined"}),
          "Which files form one recording: each by itself, those of a folder, or all (a rotated capture).")
      .option("batch_packets", &PcapReaderOptions::batch_packets, minimum(1), maximum(1'000'000),
              "Packets in one message, at most.")
      .option("batch_seconds", &PcapReaderOptions::batch_seconds, minimum(1e-3), maximum(1e9), unit("s"),
              "Time that one message spans, at most: bounds what a mixer makes of it.")
      .check_environment(check_files);
}
