// Captures: as bytes, and as frames that a capture is built of.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "pipeline/checksum/content_hash.hpp"
#include "stages/capture/decode.hpp"
#include "stages/capture/frame_sequence.hpp"
#include "stages/capture/inspection.hpp"
#include "stages/capture/packet_times.hpp"
#include "stages/capture/pcap_reader.hpp"
#include "stages/traffic/device_splitter.hpp"
#include "stages/traffic/time_range.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;
using capture::CaptureError;
using capture::CaptureStatistics;
using capture::Outcome;
using traffic::Packet;

struct Count {
  std::uint64_t frames = 0, packets = 0, other = 0, fragments = 0, encrypted = 0, undecodable = 0,
                unsupported = 0, untimed = 0;
  bool operator==(const Count&) const = default;

  void add(Outcome outcome, bool has_time) {
    ++frames;
    ++(outcome == Outcome::packet        ? packets
       : outcome == Outcome::other       ? other
       : outcome == Outcome::fragment    ? fragments
       : outcome == Outcome::encrypted   ? encrypted
       : outcome == Outcome::undecodable ? undecodable
                                         : unsupported);
    if (outcome == Outcome::packet && !has_time) ++untimed;
  }
};

Count count_of(const CaptureStatistics& s) {
  return {s.frames,    s.packets,     s.other_protocols, s.fragments,
          s.encrypted, s.undecodable, s.unsupported,     s.without_time};
}

/// Frame by frame. Each is copied to where a sanitizer sees every byte that is read beyond it.
Count count_frames(const std::vector<fs::path>& files, capture::Tunnels tunnels) {
  Count count;
  capture::FrameSequence frames(files);
  for (capture::Frame frame; frames.next(frame);) {
    require(frame.original >= frame.captured, "a frame of which more was captured than there was");
    const auto copy = std::make_unique<std::uint8_t[]>(frame.captured);
    if (frame.captured > 0) std::memcpy(copy.get(), frame.data, frame.captured);
    frame.data = copy.get();
    Packet packet;
    count.add(decode(frame, packet, tunnels), frame.has_time);
  }
  for (const std::string& loss : frames.losses()) require_line(loss);
  return count;
}

/// What is delivered is in order, and all of it is divided among devices and what is left out.
class Delivery {
 public:
  void take(const std::vector<Packet>& packets, std::uint32_t part) {
    if (packets.empty()) return;
    require(part >= part_, "a part of the recording before the last one");
    if (part != part_) finish();
    part_ = part;
    for (const Packet& packet : packets) {
      require(traffic::in_time_range(packet.time), "a packet at a time of no calendar");
      require(packet.time >= newest_, "time goes back");
      newest_ = packet.time;
    }
    count_ += packets.size();
    traffic::PacketBatch batch;
    batch.capture_name = name_;
    batch.files = files_;
    batch.packets = packets;
    if (!splitter_) splitter_.emplace(settings_, part, name_, files_);
    const auto divided = splitter_->split(batch);
    for (const traffic::DevicePackets& each : divided) given_ += each.packets.size();
    of_part_ += packets.size();
  }
  void finish() {
    newest_ = std::numeric_limits<traffic::Nanoseconds>::min();
    if (!splitter_) return;
    for (const traffic::DevicePackets& each : splitter_->finish()) given_ += each.packets.size();
    const traffic::CaptureSummary summary = splitter_->summary();
    std::uint64_t counted = 0;
    for (const traffic::DeviceTotals& device : summary.devices) {
      require(device.first <= device.last, "a device that ends before it begins");
      counted += device.packets;
    }
    require(counted == given_, "devices got other packets than were counted");
    require(counted + summary.unknown_packets + summary.left_out.total() == of_part_,
            "packets that are neither counted nor left out");
    splitter_.reset();
    given_ = of_part_ = 0;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  const traffic::SplitSettings settings_ = traffic::split_settings(
      {*traffic::Network::parse("192.168.0.0/16"), *traffic::Network::parse("fe80::/10")}, false);
  const std::shared_ptr<const std::string> name_ = std::make_shared<const std::string>("x");
  const std::shared_ptr<const std::vector<std::string>> files_ =
      std::make_shared<const std::vector<std::string>>(1, "x");
  std::optional<traffic::DeviceSplitter> splitter_;
  traffic::Nanoseconds newest_ = std::numeric_limits<traffic::Nanoseconds>::min();
  std::uint32_t part_ = 0;
  std::uint64_t count_ = 0, given_ = 0, of_part_ = 0;
};

void check_texts(const capture::PcapReader& reader) {
  for (const std::string& text : reader.file_losses()) require_line(text);
  for (const std::string& text : reader.clock_notes()) require_line(text);
  for (const std::string& text : reader.statistics().losses()) require_line(text);
  require_line(reader.statistics().summary());
  if (const std::string text = reader.statistics().mostly_other(); !text.empty()) require_line(text);
}

void check_file_read(const capture::FileRead& file) {
  const auto input = std::make_shared<capture::Descriptor>(file.path);
  capture::FileChecksum whole;
  whole.begin(input);
  whole.finish();
  require(file.bytes == fs::file_size(file.path) && file.checksum == whole.text(),
          "the checksum of a file is not that of its bytes");
}

/// Reads as the pcap_reader does. Nothing where a file cannot be read; else what it counted.
std::optional<Count> deliver(const std::vector<fs::path>& files, Reading reading) {
  constexpr traffic::Nanoseconds span = 600 * traffic::second;
  constexpr std::size_t limit = 1000;
  try {
    capture::PcapReader reader(files,
                               {reading.parallel ? std::size_t{3} : std::size_t{1}, true,
                                reading.inner ? capture::Tunnels::inner : capture::Tunnels::outer,
                                reading.move ? capture::ClockSteps::move : capture::ClockSteps::split});
    Delivery delivery;
    std::vector<Packet> packets;
    for (bool more = true; more;) {
      more = reader.next(limit, span, packets);
      require(packets.size() <= limit, "more packets than asked for");
      require(packets.empty() || packets.back().time - packets.front().time < span,
              "packets of a longer time");
      delivery.take(packets, reader.part());
      for (const capture::FileRead& file : reader.take_files_read()) check_file_read(file);
    }
    delivery.finish();
    const Count count = count_of(reader.statistics());
    require(count.frames == count.packets + count.other + count.fragments + count.encrypted +
                                count.undecodable + count.unsupported,
            "frames that are neither counted nor left out");
    require(delivery.count() == count.packets, "packets were lost, or made");
    check_texts(reader);
    return count;
  } catch (const CaptureError& error) {
    require_line(error.what());
    return std::nullopt;
  }
}

/// The verdict that whoever reads the frames again gets on each packet.
void check_times(const std::vector<fs::path>& files, Reading reading, const Count& count) {
  capture::PacketTimes times(files, reading.move ? capture::ClockSteps::move : capture::ClockSteps::split);
  std::uint64_t packets = 0;
  for (; const auto* verdict = times.next(); times.pop(), ++packets)
    require(traffic::in_time_range(verdict->time), "a verdict at a time of no calendar");
  require(packets == count.packets, "not as many times as packets");
}

constexpr capture::LinkType links[] = {capture::LinkType::ethernet, capture::LinkType::null,
                                       capture::LinkType::ppp,      capture::LinkType::raw_bsd,
                                       capture::LinkType::ppp_hdlc, capture::LinkType::ppp_ethernet,
                                       capture::LinkType::raw,      capture::LinkType::ieee802_11,
                                       capture::LinkType::loop,     capture::LinkType::linux_cooked,
                                       capture::LinkType::ipv4,     capture::LinkType::ieee802_11_radiotap,
                                       capture::LinkType::ipv6,     capture::LinkType::linux_cooked_v2};

/// Bytes of a file, in either byte order.
class Writer {
 public:
  explicit Writer(bool big) : big_(big) {}
  template <class T>
  Writer& put(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes_.push_back(static_cast<std::uint8_t>(value >> 8 * (big_ ? sizeof(T) - 1 - i : i)));
    return *this;
  }
  Writer& put(Bytes bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  void fill_words() { bytes_.resize((bytes_.size() + 3) / 4 * 4); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
  bool big_;
};

/// Makes captures of an input: what container, then record by record. Lengths in the container are right, all
/// else is the input's choice, so that mutations reach what is in the frames. make_corpus.py writes the same
/// form.
class Builder {
 public:
  explicit Builder(Bytes input) : parts_(input) {
    const std::uint8_t form = parts_.byte();
    ng_ = (form & 1) != 0;
    reading.inner = (form & 2) != 0;
    reading.move = (form & 4) != 0;
    reading.parallel = (form & 8) != 0;
    big_ = (form & 16) != 0;
    nanoseconds_ = (form & 32) != 0;
    modified_ = (form & 64) != 0;
    link_ = parts_.byte();
    seconds_ = parts_.number<std::uint32_t>();
  }

  std::vector<fs::path> files() {
    begin_file();
    while (!parts_.empty() && records_ < most_records) record();
    end_file();
    return files_;
  }

  Reading reading;

 private:
  static constexpr std::size_t most_records = 5000, most_files = 3;
  enum Control : std::uint8_t {
    time = 3,
    new_file = 4,
    interface = 8,
    length_given = 16,
    simple = 32,
    repeated = 64
  };

  [[nodiscard]] std::uint32_t link(std::uint8_t choice) const {
    return static_cast<std::uint32_t>(links[choice % std::size(links)]);
  }
  void begin_file() {
    out_.emplace(big_);
    if (!ng_) {
      const std::uint32_t magic = modified_ ? 0xa1b2cd34 : nanoseconds_ ? 0xa1b23c4d : 0xa1b2c3d4;
      out_->put(magic).put<std::uint16_t>(2).put<std::uint16_t>(4).put<std::uint64_t>(0);
      out_->put<std::uint32_t>(65535).put(link(link_));
      return;
    }
    out_->put<std::uint32_t>(0x0a0d0d0a).put<std::uint32_t>(28).put<std::uint32_t>(0x1a2b3c4d);
    out_->put<std::uint16_t>(1).put<std::uint16_t>(0).put<std::uint64_t>(~std::uint64_t{0});
    out_->put<std::uint32_t>(28);
    interfaces_ = 0;
    add_interface(link_, nanoseconds_ ? 9 : 6, 0, 0);
  }
  void end_file() {
    files_.push_back(scratch_file("frames" + std::to_string(files_.size()) + ".pcap", out_->bytes()));
  }
  void block(std::uint32_t type, const Writer& body) {
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    out_->put(type).put(length).put(Bytes(body.bytes())).put(length);
  }
  void add_interface(std::uint8_t choice, std::uint8_t resolution, std::uint16_t snap, std::int64_t offset) {
    Writer body(big_);
    body.put(static_cast<std::uint16_t>(link(choice))).put<std::uint16_t>(0).put<std::uint32_t>(snap);
    body.put<std::uint16_t>(9).put<std::uint16_t>(1).put(resolution);
    body.fill_words();
    body.put<std::uint16_t>(14).put<std::uint16_t>(8).put(static_cast<std::uint64_t>(offset));
    body.put<std::uint32_t>(0);
    block(1, body);
    ++interfaces_;
  }

  void record() {
    const std::uint8_t control = parts_.byte();
    move_time(control & time);
    if ((control & new_file) != 0 && files_.size() + 1 < most_files) {
      end_file();
      begin_file();
    }
    if ((control & interface) != 0 && ng_) {
      const std::uint8_t choice = parts_.byte(), resolution = parts_.byte();
      add_interface(choice, resolution, parts_.number<std::uint16_t>(), parts_.number<std::int32_t>());
    }
    const std::size_t times = (control & repeated) != 0 ? 1 + std::size_t{parts_.byte()} * 8 : 1;
    const std::uint32_t step = times > 1 ? parts_.number<std::uint16_t>() : 0;
    const std::uint32_t more = (control & length_given) != 0 ? parts_.number<std::uint16_t>() : 0;
    const Bytes frame = parts_.take(parts_.number<std::uint16_t>());
    for (std::size_t i = 0; i < times && records_ < most_records; ++i, ++records_) {
      put_frame(frame, more, (control & simple) != 0);
      add_microseconds(step);
    }
  }
  void move_time(std::uint8_t how) {
    if (how == 1) add_microseconds(parts_.number<std::uint32_t>());
    if (how == 2) seconds_ -= parts_.number<std::uint16_t>();
    if (how == 3) seconds_ = parts_.number<std::uint32_t>();
  }
  void add_microseconds(std::uint32_t more) {
    fraction_ += more;
    seconds_ += fraction_ / 1'000'000;
    fraction_ %= 1'000'000;
  }
  void put_frame(Bytes frame, std::uint32_t more, bool is_simple) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    if (!ng_) {
      out_->put(seconds_).put(nanoseconds_ ? fraction_ * 1000 : fraction_).put(size).put(size + more);
      if (modified_) out_->put<std::uint64_t>(0);
      out_->put(frame);
      return;
    }
    Writer body(big_);
    if (is_simple) {
      body.put(size + more).put(frame);
    } else {
      const std::uint64_t ticks =
          nanoseconds_ ? std::uint64_t{seconds_} * 1'000'000'000 + std::uint64_t{fraction_} * 1000
                       : std::uint64_t{seconds_} * 1'000'000 + fraction_;
      body.put(interfaces_ - 1)
          .put(static_cast<std::uint32_t>(ticks >> 32))
          .put(static_cast<std::uint32_t>(ticks));
      body.put(size).put(size + more).put(frame);
    }
    body.fill_words();
    block(is_simple ? 3 : 6, body);
  }

  Parts parts_;
  bool ng_, big_, nanoseconds_, modified_;
  std::uint8_t link_;
  std::uint32_t seconds_, fraction_ = 0, interfaces_ = 0;
  std::size_t records_ = 0;
  std::optional<Writer> out_;
  std::vector<fs::path> files_;
};

void run_bytes(Bytes input) {
  const fs::path file = scratch_file("bytes.pcap", input);
  check_recording({file}, {false, false, false});
  check_recording({file}, {true, true, true});
}

void run_frames(Bytes input) {
  Builder builder(input);
  const std::vector<fs::path> files = builder.files();
  check_recording(files, builder.reading);
}

}  // namespace

void check_recording(const std::vector<fs::path>& files, Reading reading) {
  std::vector<capture::InputFile> named;
  for (const fs::path& file : files) named.push_back({file, file.filename().string()});
  const capture::Inspection looked = capture::inspect(std::move(named));
  for (const std::string& text : looked.bad) require_line(text);
  if (!looked.bad.empty()) require_lines(capture::text_of_bad(looked));
  const std::optional<Count> count = deliver(files, reading);
  if (!looked.bad.empty())
    return require(!count || count->frames == 0 || files.size() > 1, "a bad file has frames");
  if (!count) return require(files.size() > 1, "a file that was taken for good cannot be read");
  const auto tunnels = reading.inner ? capture::Tunnels::inner : capture::Tunnels::outer;
  require(count_frames(files, tunnels) == *count, "blocks and frames are counted in different ways");
  if (!reading.inner) check_times(files, reading, *count);
}

std::vector<Target> capture_targets() {
  const std::vector<std::string> sources = {
      "stages/capture/pcap_reader.", "stages/capture/clock_watch.",     "stages/capture/decode.",
      "stages/capture/frame",        "stages/capture/inspection.",      "stages/capture/ieee802_11.",
      "stages/capture/link_layer.",  "stages/capture/other_protocols.", "stages/capture/packet_times.",
      "stages/capture/time_order.",  "stages/capture/statistics."};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), sources.begin(), sources.end());
    return more;
  };
  const std::vector<std::string> pcap = {"stages/capture/pcap_file.", "stages/capture/record_block.",
                                         "stages/capture/block_decoder.", "stages/capture/file_input."};
  return {{"frames", "captures built of frames: link layers, tunnels, clocks, several files", 65536, "",
           with({"stages/capture/pcap_file.", "stages/capture/pcapng_file.", "stages/capture/record_block.",
                 "stages/capture/block_decoder.", "stages/traffic/device_splitter.", "stages/traffic/home."}),
           run_frames},
          {"pcap", "classic pcap as it stands in a file", 16384, "pcap.dict", with(pcap), run_bytes},
          {"pcapng", "pcapng as it stands in a file", 16384, "pcap.dict",
           with({"stages/capture/pcapng_file.", "stages/capture/file_input."}), run_bytes}};
}

}  // namespace ipet::fuzz
