#include "stages/defended_capture/rewriter.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/defended_capture/udp_frame.hpp"
#include "stages/interchange/csv_text.hpp"

namespace ipet::defended_capture {

using capture::Frame;
using traffic::Direction;
using traffic::Nanoseconds;

namespace {

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

}  // namespace

Rewriter::Rewriter(const WriterSettings& settings, const traffic::CaptureSummary& summary, DummyMerge dummies,
                   std::filesystem::path pcap)
    : settings_(settings),
      summary_(summary),
      dummies_(std::move(dummies)),
      files_(summary.files.begin(), summary.files.end()),
      pcap_name_(std::move(pcap)),
      source_(files_, settings.read),
      routes_(summary),
      table_(table_name(pcap_name_)),
      random_(traffic::StreamKey(settings.seed).with("dummy payload").with(summary.capture)) {
  table_.write("frame_number,time_ns,device,direction,size\n");
}

void Rewriter::run(const std::function<void()>& step) {
  for (Frame frame; source_.next(frame);) {
    if (frames_ % 4096 == 0) step();
    set_link(frame);
    copy(frame);
  }
  if (!pcap_) pcap_.emplace(pcap_name_, link_);  // a capture without frames
  write_dummies_before(std::nullopt);
}

void Rewriter::set_link(const Frame& frame) {
  if (pcap_ && frame.link == link_) return;
  const auto text = [](capture::LinkType link) { return std::to_string(static_cast<std::uint32_t>(link)); };
  if (pcap_)
    throw capture::CaptureError(source_.file().string() + ": has frames of link types " + text(link_) +
                                " and " + text(frame.link) + ", and a pcap holds one only");
  if (static_cast<std::uint32_t>(frame.link) > 0xffff)
    throw capture::CaptureError(source_.file().string() + ": has frames of no known link type");
  link_ = frame.link;
  pcap_.emplace(pcap_name_, link_);
}

void Rewriter::copy(const Frame& frame) {
  const Nanoseconds time = time_of(frame);
  write_dummies_before(time);
  pcap_->write(time, {frame.data, frame.captured}, frame.original);
  ++frames_;
  routes_.see(frame);
}

Nanoseconds Rewriter::time_of(const Frame& frame) {
  if (frame.has_time) {
    timed_ = true;
    newest_ = std::max(newest_, frame.time);
    return frame.time;
  }
  ++untimed_;
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

void Rewriter::write_dummies_before(std::optional<Nanoseconds> time) {
  for (; !dummies_.empty() && (!time || dummies_.front().time < *time); dummies_.pop())
    write_dummy(dummies_.front(), dummies_.device());
}

void Rewriter::write_dummy(const Dummy& dummy, const std::string& device) {
  const Relay* relay = nullptr;
  const Route& route = route_of(device, relay);
  const std::uint32_t size = std::min(dummy.size, largest_payload(route.address.is_v4()));
  if (size < dummy.size) ++cut_;
  payload_.assign(size, 0);
  if (settings_.random_payload) fill(payload_, random_);
  const Endpoint local{route.address, settings_.device_port}, remote{relay->address, relay->port};
  const bool out = dummy.direction == Direction::out;
  const auto& header = route.link_headers[static_cast<std::size_t>(dummy.direction)];
  make_udp_frame(header, out ? local : remote, out ? remote : local, payload_, frame_);
  pcap_->write(dummy.time, frame_, static_cast<std::uint32_t>(frame_.size()));
  interchange::CsvText row;
  row.cell(pcap_->frames()).cell(dummy.time).cell(device).cell(out ? "out" : "in").cell(size).end_row();
  table_.write(row.text());
  ++dummies_written_;
}

const Route& Rewriter::route_of(const std::string& device, const Relay*& relay) {
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

std::vector<storage::OutputFile> Rewriter::finish() {
  std::vector<storage::OutputFile> files;
  files.push_back(pcap_->finish());
  table_.finish();
  files.push_back(std::move(table_));
  return files;
}

std::vector<std::string> Rewriter::losses() const {
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

}  // namespace ipet::defended_capture
