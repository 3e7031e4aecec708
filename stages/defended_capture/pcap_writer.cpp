#include "stages/defended_capture/pcap_writer.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "stages/capture/decode.hpp"
#include "stages/capture/frame.hpp"
#include "stages/capture/packet_times.hpp"
#include "stages/defended_capture/frame_writer.hpp"
#include "stages/defended_capture/output_names.hpp"
#include "stages/defended_capture/routes.hpp"
#include "stages/defended_capture/udp_frame.hpp"
#include "stages/interchange/csv_text.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defended_capture {

namespace {

using capture::Frame;
using traffic::Nanoseconds;
using traffic::Packet;

std::filesystem::path table_name(const std::filesystem::path& pcap) {
  return std::filesystem::path(pcap).replace_extension(".dummies.csv");
}

void fill(std::vector<std::uint8_t>& payload, traffic::Random& random) {
  for (std::size_t i = 0; i < payload.size(); i += 8) {
    const std::uint64_t word = random.bits();
    for (std::size_t j = i; j < std::min(payload.size(), i + 8); ++j)
      payload[j] = static_cast<std::uint8_t>(word >> (8 * (j - i)));
  }
}

/// Link types of the files' frames. A pcap has one, which its first frame tells.
std::set<capture::LinkType> links_of(const std::vector<std::filesystem::path>& files) {
  std::set<capture::LinkType> links;
  for (const std::filesystem::path& file : files) {
    const auto reader = capture::open_capture_file(file);
    for (Frame frame; reader->next(frame);) {
      if (static_cast<std::uint32_t>(frame.link) > 0xffff)
        throw capture::CaptureError(file.string() + ": has frames of no known link type");
      links.insert(frame.link);
      if (reader->has_blocks()) break;
    }
  }
  return links;
}

std::filesystem::path name_for(std::filesystem::path pcap, const std::set<capture::LinkType>& links) {
  return links.size() < 2 ? pcap : pcap.replace_extension(".pcapng");
}

capture::ClockSteps steps_of(const traffic::Reading& reading) {
  return reading.steps_moved ? capture::ClockSteps::move : capture::ClockSteps::split;
}

bool is_wireless(capture::LinkType link) {
  return link == capture::LinkType::ieee802_11 || link == capture::LinkType::ieee802_11_radiotap;
}

/// One recording: its frames and its dummies to a pcap and a table.
class Rewriter {
 public:
  /// `pcap`: the final name of the output, which ends in .pcapng where the recording has several link types;
  /// `summary` and `dummies` are of the recording. Throws capture::CaptureError.
  Rewriter(const WriterSettings& settings, const traffic::CaptureSummary& summary, DummyMerge dummies,
           std::filesystem::path pcap, storage::Staging& staging)
      : settings_(settings),
        summary_(summary),
        dummies_(std::move(dummies)),
        files_(summary.files.begin(), summary.files.end()),
        links_(links_of(files_)),
        pcap_name_(name_for(std::move(pcap), links_)),
        source_(files_, settings.read),
        times_(files_, steps_of(summary.reading)),
        routes_(summary),
        pcap_(pcap_name_, staging, links_),
        table_(table_name(pcap_name_), staging),
        random_(traffic::StreamKey(settings.seed).with("dummy payload").with(summary.capture)) {
    table_.write("frame_number,time_ns,device,direction,size\n");
  }

  /// `step` is called now and then and may throw.
  void run(const std::function<void()>& step) {
    std::uint64_t seen = 0;
    for (Frame frame; source_.next(frame);) {
      if (seen++ % 4096 == 0) step();
      Packet packet;
      const bool is_packet = capture::decode(frame, packet) == capture::Outcome::packet;
      if (is_packet) {
        const capture::PacketTimes::Verdict* verdict = times_.next();
        if (verdict == nullptr)
          throw std::runtime_error(source_.file().string() + ": changed while it was read");
        current_ = *verdict;
        times_.pop();
      }
      if (current_.part == summary_.reading.part) copy(frame, is_packet ? &packet : nullptr);
    }
    write_dummies_before(std::nullopt);
  }
  /// Adds the complete files to those that wait for their names.
  void hand_over(storage::CompleteFiles& files) {
    pcap_.hand_over(files);
    table_.hand_over(files);
  }

  [[nodiscard]] const std::filesystem::path& file() const { return pcap_name_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::uint64_t dummies() const { return dummies_written_; }
  [[nodiscard]] std::vector<std::string> losses() const {
    std::vector<std::string> texts;
    for (const std::string& loss : source_.losses()) texts.push_back(loss);
    const std::string name = "capture '" + summary_.capture_name + "': ";
    if (untimed_ > 0)
      texts.push_back(name + std::to_string(untimed_) +
                      " frames without a usable time got that of a neighbour");
    if (cut_ > 0)
      texts.push_back(name + std::to_string(cut_) +
                      " dummies were larger than a UDP datagram can be and were cut to its largest payload");
    return texts;
  }

 private:
  void copy(const Frame& frame, const Packet* packet) {
    const Nanoseconds time = time_of(frame, packet);
    if (const auto believed = believed_time(frame, packet)) write_dummies_before(believed);
    pcap_.write(time, frame.link, {frame.data, frame.captured}, frame.original);
    ++frames_;
    if (packet != nullptr) routes_.see(frame, *packet);
  }
  /// When a frame came as far as it is known: no packet tells of a wrong time of other frames.
  [[nodiscard]] std::optional<Nanoseconds> believed_time(const Frame& frame, const Packet* packet) {
    if (packet != nullptr) return current_.time;
    if (!frame.has_time) return std::nullopt;
    const Nanoseconds time = frame.time + current_.shift;
    const capture::PacketTimes::Verdict* next = times_.next();
    if (next != nullptr && next->part == summary_.reading.part)
      return time <= next->time + capture::ClockWatch::window ? time : next->time;
    return time - newest_ <= capture::ClockWatch::longest_gap ? std::optional(time) : std::nullopt;
  }
  /// As it is written: that of the newest before where a frame has none.
  Nanoseconds time_of(const Frame& frame, const Packet* packet) {
    if (packet != nullptr) {
      timed_ = true;
      newest_ = std::max(newest_, current_.time);
    }
    if (frame.has_time) {
      if (packet == nullptr && !std::exchange(timed_, true)) newest_ = frame.time + current_.shift;
      return frame.time + current_.shift;
    }
    ++untimed_;
    if (packet != nullptr) return current_.time;
    if (timed_) return newest_;
    // None before: that of the first one that has a time.
    capture::FrameSequence ahead(files_);
    Frame other;
    while (ahead.next(other) && !other.has_time) {
    }
    timed_ = true;
    newest_ = other.has_time ? other.time : 0;
    return newest_;
  }
  void write_dummies_before(std::optional<Nanoseconds> time) {
    for (; !dummies_.empty() && (!time || dummies_.front().time < *time); dummies_.pop())
      write_dummy(dummies_.front(), dummies_.device());
  }
  void write_dummy(const Dummy& dummy, const std::string& device) {
    const Relay* relay = nullptr;
    const Route& route = route_of(device, relay);
    const std::uint32_t size = std::min(dummy.size, largest_payload(route.address.is_v4()));
    if (size < dummy.size) ++cut_;
    payload_.assign(size, 0);
    if (settings_.payload == Payload::random) fill(payload_, random_);
    const Endpoint local{route.address, settings_.device_port}, remote{relay->address, relay->port};
    const bool out = dummy.direction == traffic::Direction::out;
    const auto& header = route.link_headers[static_cast<std::size_t>(dummy.direction)];
    const capture::LinkType link = route.links[static_cast<std::size_t>(dummy.direction)];
    if (is_wireless(link))
      throw std::runtime_error("capture '" + summary_.capture_name +
                               "' is of 802.11: dummies are written into captures of wires only");
    make_udp_frame(header, out ? local : remote, out ? remote : local, payload_, frame_);
    pcap_.write(dummy.time, link, frame_, static_cast<std::uint32_t>(frame_.size()));
    interchange::CsvText row;
    row.cell(pcap_.frames()).cell(dummy.time).cell(device).cell(out ? "out" : "in").cell(size).end_row();
    table_.write(row.text());
    ++dummies_written_;
  }
  /// Looks ahead in the recording for devices that were not seen yet.
  const Route& route_of(const std::string& device, const Relay*& relay) {
    if (const Route* route = routes_.find(device, settings_.relays, relay)) return *route;
    // The device's first packet stands late in the file.
    if (!ahead_) {
      ahead_.emplace(summary_);
      capture::FrameSequence all(files_);
      for (Frame frame; all.next(frame);) ahead_->see(frame);
    }
    if (const Route* route = ahead_->find(device, settings_.relays, relay)) return *route;
    throw std::runtime_error("capture '" + summary_.capture_name + "' holds no packet of device '" + device +
                             "' in the address family of a relay, so its dummies cannot be written");
  }

  const WriterSettings& settings_;
  const traffic::CaptureSummary& summary_;
  DummyMerge dummies_;
  std::vector<std::filesystem::path> files_;
  std::set<capture::LinkType> links_;
  std::filesystem::path pcap_name_;
  capture::FrameSequence source_;
  capture::PacketTimes times_;
  capture::PacketTimes::Verdict current_;  ///< of the last packet
  Routes routes_;
  std::optional<Routes> ahead_;  ///< knows every device of the recording
  FrameWriter pcap_;
  storage::OutputFile table_;
  traffic::Random random_;
  traffic::Nanoseconds newest_ = 0;
  bool timed_ = false;
  std::vector<std::uint8_t> payload_, frame_;
  std::uint64_t frames_ = 0, dummies_written_ = 0, cut_ = 0, untimed_ = 0;
};

namespace fs = std::filesystem;

bool lies_in(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const fs::path a = fs::weakly_canonical(file, error), b = fs::weakly_canonical(folder, error);
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).second == b.end();
}

}  // namespace

PcapWriter::PcapWriter(WriterSettings settings)
    : settings_(std::move(settings)),
      claim_(settings_.folder),
      staging_(settings_.folder, settings_.folder.string()),
      dummies_(settings_.folder, settings_.folder.string()) {}

void PcapWriter::check_original(const std::string& file) const {
  if (lies_in(file, settings_.folder))
    throw std::runtime_error("the captures would be written among their originals: " + file + " lies in " +
                             settings_.folder.string() + "; choose another folder");
  try {
    (void)capture::open_capture_file(file);
  } catch (const capture::CaptureError& error) {
    throw std::runtime_error("cannot be written as a capture again, since frames come from the original: " +
                             std::string(error.what()));
  }
}

void PcapWriter::check_originals(const std::string& capture, const std::vector<std::string>& files) const {
  if (files.empty())
    throw std::runtime_error("capture '" + capture +
                             "': no file of it is known, as of one from a stored result; captures are "
                             "written in a run that reads them");
  for (const std::string& file : files) check_original(file);
}

void PcapWriter::add(const traffic::DevicePackets& packets, const std::string& lane, std::uint64_t sequence) {
  if (seen_.emplace(packets.capture, *packets.capture_name).second)
    check_originals(*packets.capture_name, packets.files ? *packets.files : std::vector<std::string>());
  dummies_.add(packets, lane, sequence);
}

void PcapWriter::add(const traffic::CaptureSummary& summary) {
  check_originals(summary.capture_name, summary.files);
  if (summary.reading.inner)
    throw std::runtime_error(
        "capture '" + summary.capture_name +
        "': its packets were taken out of tunnels, where no dummies can be written; read it "
        "with tunnels = \"outer\"");
  if (!summaries_.emplace(CaptureKey(summary.capture, summary.capture_name), summary).second)
    throw std::runtime_error("two stages give summaries of capture '" + summary.capture_name + "'");
}

PcapWriter::Report PcapWriter::commit(const std::function<void(double, const std::string&)>& progress,
                                      const storage::Publisher& publish) {
  std::map<CaptureKey, std::vector<storage::StoredTable>> tables;
  for (DummyStore::OfCapture& of : dummies_.captures()) {
    if (!summaries_.contains({of.capture, of.name}))
      throw std::runtime_error(
          "capture '" + of.name +
          "' has mixed traffic but no summary of the stage that divided it among devices");
    tables[{of.capture, of.name}] = std::move(of.tables);
  }
  std::vector<std::string> recordings;
  for (const auto& [key, summary] : summaries_) recordings.push_back(summary.capture_name);
  const std::vector<fs::path> names = output_names(recordings);

  Report report;
  storage::CompleteFiles complete;
  std::size_t done = 0;
  for (const auto& [key, summary] : summaries_) {
    const fs::path pcap = settings_.folder / names[done];
    const double share = static_cast<double>(done++) / static_cast<double>(summaries_.size());
    Rewriter rewriter(settings_, summary, dummies_.merge(std::move(tables[key])), pcap, staging_);
    rewriter.run([&] { progress(share, rewriter.file().string()); });
    rewriter.hand_over(complete);
    report.files.push_back(rewriter.file());
    report.frames += rewriter.frames();
    report.dummies += rewriter.dummies();
    for (std::string& loss : rewriter.losses()) report.losses.push_back(std::move(loss));
  }
  publish(settings_.folder, complete);
  return report;
}

}  // namespace ipet::defended_capture
