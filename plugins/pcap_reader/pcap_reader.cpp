// pcap_reader: reads TCP and UDP packets from pcap and pcapng captures (stages/capture/README.md).
#include "stages/capture/pcap_reader.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/lists.hpp"
#include "plugins/shared/own_results.hpp"
#include "stages/capture/capture_files.hpp"
#include "stages/capture/inspection.hpp"
#include "stages/capture/part_names.hpp"
#include "stages/capture/patience.hpp"
#include "stages/capture/recordings.hpp"

namespace {

using namespace ipet;
using capture::CaptureStatistics;
using capture::InputFile;
using capture::Recording;
using traffic::PacketBatch;

struct PcapReaderOptions {
  std::vector<InputPath> files;
  [[nodiscard]] std::vector<std::string> patterns() const { return {files.begin(), files.end()}; }
  capture::Grouping recordings = capture::Grouping::file;
  capture::OnBadFile on_bad_file = capture::OnBadFile::skip;
  capture::ReadingOptions reading;
  std::size_t batch_packets = 16'384;
  std::chrono::nanoseconds batch_seconds = std::chrono::minutes(10);

  [[nodiscard]] bool stop_at_bad_file() const { return on_bad_file == capture::OnBadFile::stop; }
};

class PcapReaderStage {
 public:
  using Options = PcapReaderOptions;

  PcapReaderStage(const Options& options, StageContext& context) : options_(options), context_(context) {
    try {
      const capture::Patience patience([this] { return stops(); });
      recordings_ = capture::group_recordings(usable(named_files()), options.recordings);
    } catch (const std::exception&) {
      context_.check_interrupted();  // what was found then is not all
      throw;
    }
    context_.check_interrupted();
    names_ = capture::PartNames(units());
  }
  PcapReaderStage& operator=(PcapReaderStage&&) = delete;
  void finish(Emitter&) {
    if (total_.files == 0) return;
    if (mostly_other_ > most_named)
      context_.warn(std::to_string(mostly_other_ - most_named) +
                    " more captures of which more than half of the frames hold neither TCP nor UDP");
    context_.info(total_.summary() + (in_part_ == 0 ? "" : "; interrupted: " + in_part_text()));
  }

  std::vector<std::string> units() const { return text::mapped(recordings_, &Recording::name); }
  std::unique_ptr<UnitReader> open(std::size_t unit);

  [[nodiscard]] std::size_t batch_packets() const { return options_.batch_packets; }
  [[nodiscard]] traffic::Nanoseconds batch_span() const { return options_.batch_seconds.count(); }

  /// A recording alone is decoded block by block on all cores; of many, each is read on one.
  [[nodiscard]] capture::ReadingOptions reading() const {
    constexpr std::size_t most = 16;
    const std::size_t wanted = 2 * context_.threads() / std::max<std::size_t>(recordings_.size(), 1);
    capture::ReadingOptions reading = options_.reading;
    reading.blocks_at_once = context_.threads() > 1 ? std::clamp<std::size_t>(wanted, 1, most) : 1;
    reading.checksums = true;
    return reading;
  }

  [[nodiscard]] const capture::PartNames& names() const { return names_; }

  /// The patience of the thread that reads. What is waited for is said once, also when the captures are read
  /// again.
  [[nodiscard]] capture::Patience patience() {
    return capture::Patience([this] { return stops(); },
                             [this](const std::string& text) { context_.info(text); });
  }
  [[nodiscard]] bool stops() const { return context_.interrupted() || context_.cancelled(); }

  void record(capture::FileRead file) {
    context_.record_input({file.path.string(), file.bytes, std::move(file.checksum)});
  }
  /// A file that an interrupted run did not read to its end: what the run has of it still comes from it. It
  /// is not read for a checksum, which takes minutes where it is large.
  void record(const std::filesystem::path& file) {
    if (!context_.cancelled() && !capture::can_be_read_once(file))
      context_.record_input({file.string(), std::filesystem::file_size(file), {}});
  }

  /// Of a recording that an interrupted run did not read to its end: what was read counts.
  void count_part(const CaptureStatistics& statistics) {
    const std::scoped_lock lock(mutex_);
    total_.add(statistics);
    ++in_part_;
  }

  /// Says what a recording lost.
  void report(std::uint32_t unit, const capture::PcapReader& reader) {
    const std::string name = names_.name(unit, 0);
    for (const std::string& text : reader.file_losses()) context_.warn(text);
    const CaptureStatistics& statistics = reader.statistics();
    for (const std::string& text : statistics.losses()) context_.warn(name + ": " + text);
    for (const std::string& text : reader.clock_notes()) context_.warn(text);
    if (statistics.clock_steps > 0)
      context_.warn(
          name + ": " +
          capture::text_of_steps(reading().clock_steps == capture::ClockSteps::move, names_.name(unit, 1)));
    if (statistics.clock_steps >= most_steps || statistics.late >= most_late)
      context_.warn(
          name + ": " +
          (statistics.clock_steps >= most_steps
               ? std::to_string(statistics.clock_steps) + " steps of the clock"
               : std::to_string(statistics.late) + " packets more than a second out of order") +
          ": if its packets are not in the order in which they came, Wireshark's 'reordercap IN OUT' puts "
          "those of a file in order");
    const std::scoped_lock lock(mutex_);
    if (const std::string text = statistics.mostly_other(); !text.empty() && ++mostly_other_ <= most_named)
      context_.warn(name + ": " + text);
    total_.add(statistics);
    if (++read_ == recordings_.size() && total_.frames > 0 && total_.unsupported == total_.frames)
      throw std::runtime_error("nothing in the captures could be read: all " + std::to_string(total_.frames) +
                               " frames are of link types that cannot be decoded");
  }

 private:
  [[nodiscard]] std::string in_part_text() const {
    return std::to_string(in_part_) + " of " + std::to_string(recordings_.size()) +
           (recordings_.size() == 1 ? " recording" : " recordings") + " read in part";
  }

  std::vector<InputFile> named_files() {
    const auto made = context_.whole<capture::CaptureFiles>("captures");
    if (made != nullptr && !options_.files.empty())
      throw std::runtime_error(
          "takes its captures from option 'files' or from input 'captures', not from both");
    if (made == nullptr && options_.files.empty())
      throw std::runtime_error("no captures: give option 'files' or connect input 'captures'");
    if (made) return capture::name_files(made->files);
    std::vector<InputFile> files = capture::find_captures(options_.patterns(), &beside_);
    leave_out_own_results(files, options_.patterns(), context_, "captures");
    for (const InputFile& file : files) refuse_to_read_twice(file.path);
    if (!options_.stop_at_bad_file()) say_left_out(beside_);
    return files;
  }

  /// Without the files of which nothing can be read.
  std::vector<InputFile> usable(std::vector<InputFile> files) {
    capture::Inspection looked = capture::inspect(std::move(files));
    if (options_.stop_at_bad_file())
      looked.bad.insert(looked.bad.end(), beside_.begin(), beside_.end());  // as bad as what cannot be read
    if (looked.good.empty() || (options_.stop_at_bad_file() && !looked.bad.empty()))
      throw std::runtime_error(capture::text_of_bad(looked));
    say_left_out(looked.bad);
    total_.left_out = looked.bad.size();
    return std::move(looked.good);
  }

  void say_left_out(const std::vector<std::string>& what) {
    constexpr std::size_t most = 20;
    for (std::size_t i = 0; i < std::min(what.size(), most); ++i) context_.warn("left out: " + what[i]);
    if (what.size() > most)
      context_.warn("left out: " + std::to_string(what.size() - most) + " more like these");
  }

  void refuse_to_read_twice(const std::filesystem::path& file) const {
    const std::size_t times = context_.readings();
    if (times < 2 || !capture::can_be_read_once(file)) return;
    throw std::runtime_error((file == "-" ? "standard input" : file.string()) +
                             ": a pipe can be read once, but " + "this pipeline reads its captures " +
                             std::to_string(times) + " times; save what comes through it in a file first");
  }

  Options options_;
  StageContext& context_;
  std::vector<Recording> recordings_;
  capture::PartNames names_;
  std::vector<std::string> beside_;  ///< what lies beside the captures and was not taken, and why
  std::mutex mutex_;
  CaptureStatistics total_;
  std::size_t read_ = 0;          ///< recordings to their end
  std::size_t in_part_ = 0;       ///< recordings that were begun, in an interrupted run
  std::size_t mostly_other_ = 0;  ///< recordings of which most frames are of other protocols
  static constexpr std::size_t most_named = 5;
  static constexpr std::uint64_t most_steps = 10;  ///< that clocks make
  static constexpr std::uint64_t most_late = 100;  ///< packets that come late
};

class RecordingReader final : public UnitReader {
 public:
  RecordingReader(PcapReaderStage& stage, const Recording& recording, std::uint32_t unit)
      : stage_(stage),
        unit_(unit),
        files_(recording.files),
        reading_(stage.reading()),
        reader_(recording.files, reading_) {
    std::vector<std::string> files =
        text::mapped(recording.files, [](const auto& file) { return file.string(); });
    labels_.files = std::make_shared<const std::vector<std::string>>(std::move(files));
    labels_.reading.steps_moved = reading_.clock_steps == capture::ClockSteps::move;
    labels_.reading.inner = reading_.tunnels == capture::Tunnels::inner;
    begin_part(0);
  }

  RecordingReader& operator=(RecordingReader&&) = delete;
  void stopped() override {
    if (emitted_) stage_.count_part(reader_.statistics());
    record_rest();
  }

  /// A recording without packets gives one empty batch, so that it has a summary.
  bool next(Emitter& emit) override {
    const capture::Patience patience = stage_.patience();
    std::vector<traffic::Packet> packets;
    const bool more = reader_.next(stage_.batch_packets(), stage_.batch_span(), packets);
    for (capture::FileRead& file : reader_.take_files_read()) {
      stage_.record(std::move(file));
      ++recorded_;
    }
    if (!packets.empty() || (!more && !emitted_)) {
      if (reader_.part() != labels_.reading.part) begin_part(reader_.part());
      emitted_ = true;
      PacketBatch batch = labels_;
      batch.packets = std::move(packets);
      emit(std::move(batch), *labels_.capture_name);
    }
    if (!more) {
      record_rest();
      stage_.report(unit_, reader_);
    }
    return more;
  }

 private:
  void record_rest() {
    try {
      for (; recorded_ < files_.size(); ++recorded_) stage_.record(files_[recorded_]);
    } catch (const std::exception&) {  // gone meanwhile: it stays without a record
    }
  }

  void begin_part(std::uint32_t part) {
    labels_.reading.part = part;
    labels_.capture = stage_.names().number(unit_, part);
    labels_.capture_name = std::make_shared<const std::string>(stage_.names().name(unit_, part));
  }

  PcapReaderStage& stage_;
  const std::uint32_t unit_;
  const std::vector<std::filesystem::path> files_;
  const capture::ReadingOptions reading_;
  capture::PcapReader reader_;
  std::size_t recorded_ = 0;  ///< of the files
  PacketBatch labels_;        ///< without packets
  bool emitted_ = false;
};

std::unique_ptr<UnitReader> PcapReaderStage::open(std::size_t unit) {
  const Recording& recording = recordings_.at(unit);
  const capture::Patience patience = this->patience();
  try {
    return std::make_unique<RecordingReader>(*this, recording, static_cast<std::uint32_t>(unit));
  } catch (const capture::CaptureError&) {
    if (context_.interrupted()) throw Interrupted();  // before the pipe had a writer
    throw;
  }
}

void check_files(const PcapReaderOptions& options, const Place& where, Problems& problems) {
  std::vector<InputFile> files;
  for (const InputPath& pattern : options.files) {
    try {
      for (InputFile& file : capture::find_captures({pattern})) files.push_back(std::move(file));
    } catch (const capture::CaptureError& error) {
      problems.push_back({"captures", where, error.what(), {}});
    }
  }
  if (files.empty()) return;
  try {
    const capture::Inspection looked = capture::inspect(std::move(files));
    if (looked.good.empty() || (options.stop_at_bad_file() && !looked.bad.empty()))
      problems.push_back({"captures", where, capture::text_of_bad(looked), {}});
  } catch (const capture::ReadError& error) {
    problems.push_back({"captures", where, error.what(), {}});
  }
}

}  // namespace

IPET_PLUGIN("pcap_reader", "0.2.0", catalog) {
  using O = PcapReaderOptions;
  using R = capture::ReadingOptions;
  catalog.source<PcapReaderStage>("pcap_reader")
      .about(
          "Reads TCP and UDP packets from pcap and pcapng captures, also packed with gzip, zstd, xz, bzip2 "
          "or lz4.")
      .whole<capture::CaptureFiles>("captures", "Captures that a stage made, instead of option 'files'.")
      .optional()
      .output<PacketBatch>("packets", "Packets of a recording in time order.")
      .option("files", &O::files, "Captures: globs, folders, single files or pipes; - is standard input.")
      .option(
          "recordings", &O::recordings, choices(capture::groupings),
          "Which files form one recording: each by itself, those of a folder, or all (a rotated capture). "
          "They follow each other in the order of their first packets.")
      .option(
          "on_bad_file", &O::on_bad_file, choices(capture::bad_file_words),
          "What a file does of which nothing can be read: it is named and left out, or all of them are named "
          "and the run stops before it begins.")
      .option(
          "clock_steps", within(&O::reading, &R::clock_steps), choices(capture::clock_step_words),
          "Where the clock was set while recording: what follows is a recording of its own, or is moved so "
          "that time goes on.")
      .option("tunnels", within(&O::reading, &R::tunnels), choices(capture::tunnel_words),
              "Which packets of GRE, IP in IP, 6in4 and VXLAN count: those on the line, or those inside.")
      .option("batch_packets", &O::batch_packets, minimum(1), maximum(1'000'000),
              "Packets in one message, at most.")
      .option("batch_seconds", &O::batch_seconds, minimum(1e-3), maximum(1e9), unit("s"),
              "Time that one message spans, at most: bounds what a mixer makes of it.")
      .check_environment(check_files);
}
