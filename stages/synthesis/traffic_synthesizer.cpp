#include "stages/synthesis/traffic_synthesizer.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <queue>

#include "stages/interchange/decimal_time.hpp"
#include "stages/synthesis/process_player.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::synthesis {

namespace {

using traffic::StreamKey;

/// All processes of all devices in one recording, played in time order.
class Recording {
 public:
  /// `whole`: stream of all recordings, of which the first began at `first`.
  Recording(const Home& home, StreamKey whole, std::uint32_t number, Nanoseconds first, Nanoseconds begin,
            Nanoseconds end)
      : home_(home), whole_(whole), key_(whole.with(number)), first_(first), begin_(begin), end_(end) {
    ports_.resize(home.devices.size());
    for (std::size_t d = 0; d < home.devices.size(); ++d)
      for (const Process& process : home.products[home.devices[d].product].processes)
        for (std::size_t time = 0; time < home.devices[d].present.size(); ++time) add(d, process, time);
  }

  void play(Timeline& timeline, const std::function<void(double)>& progress) {
    using Turn = std::pair<Nanoseconds, std::size_t>;  // ties go to the player that was made first
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
    for (std::size_t i = 0; i < players_.size(); ++i) turns.emplace(players_[i].wake(), i);
    for (std::uint64_t count = 0; !turns.empty(); ++count) {
      const auto [time, i] = turns.top();
      turns.pop();
      if (time >= end_) break;
      if (time >= players_[i].end()) continue;
      if (count % 4096 == 0)
        progress(static_cast<double>(time - begin_) / static_cast<double>(end_ - begin_));
      timeline.complete_until(time);
      players_[i].act(timeline);
      turns.emplace(players_[i].wake(), i);
    }
    timeline.complete_until(end_);
  }

 private:
  [[nodiscard]] Nanoseconds at(double hours) const { return first_ + nanoseconds(hours * 3600); }

  /// A process, while its device is there for the `time`th time.
  void add(std::size_t d, const Process& process, std::size_t time) {
    const Device& device = home_.devices[d];
    const Range hours = device.present[time];
    const Presence presence = {first_, begin_, std::max({begin_, at(hours.low), at(process.hours.low)}),
                               std::min({end_, at(hours.high), at(process.hours.high)}), at(hours.low)};
    if (presence.begin >= presence.end) return;
    StreamKey own = key_.with(device.name).with(process.name);
    if (time > 0) own = own.with(time);
    const std::string event =
        process.trigger.kind == Trigger::Kind::event ? home_.events[process.trigger.event].name : "";
    TriggerClock clock(home_, process.trigger, presence, device.drift_ppm, traffic::Random(own.with("clock")),
                       traffic::Random(key_.with("event").with(event)),
                       traffic::Random(whole_.with("phase").with(device.name).with(process.name).with(time)));
    players_.emplace_back(home_, device, process, ports_[d], clock, traffic::Random(own.with("messages")));
  }

  const Home& home_;
  StreamKey whole_, key_;
  Nanoseconds first_, begin_, end_;
  std::vector<DevicePorts> ports_;
  std::deque<ProcessPlayer> players_;
};

/// "recording-07.pcap": as many digits as the last number has.
std::string file_name(std::uint32_t number, std::uint32_t count) {
  std::string digits = std::to_string(number);
  digits.insert(0, std::to_string(count).size() - digits.size(), '0');
  return "recording-" + digits + ".pcap";
}

}  // namespace

std::vector<std::filesystem::path> synthesised_files(const TrafficSynthesizerOptions& options) {
  std::vector<std::filesystem::path> files;
  for (std::uint32_t i = 0; i < options.captures; ++i)
    files.push_back(options.folder / file_name(i + 1, options.captures));
  files.push_back(options.folder / "devices.toml");
  return files;
}

SynthesisResult synthesise(const Home& home, const TrafficSynthesizerOptions& options,
                           const SynthesisProgress& progress, const storage::Publisher& publish) {
  storage::Staging staging(options.folder, options.folder.string());
  storage::CompleteFiles complete;
  SynthesisResult result;
  result.files = synthesised_files(options);
  result.devices = std::move(result.files.back());
  result.files.pop_back();
  const Nanoseconds duration = options.duration.count();
  const Nanoseconds interval = std::max(duration, Nanoseconds{options.interval.count()});
  for (std::uint32_t i = 0; i < options.captures; ++i) {
    const std::string name = result.files[i].filename();
    const Nanoseconds begin = options.start + interval * i;
    defended_capture::FrameWriter pcap(
        result.files[i], staging, {capture::LinkType::ethernet},
        {true, options.snaplen == 0 ? capture::longest_frame : options.snaplen});
    Timeline timeline(pcap, options.snaplen, begin + duration);
    const StreamKey whole = StreamKey(options.seed).with("synthesis");
    Recording(home, whole, i, options.start, begin, begin + duration).play(timeline, [&](double fraction) {
      progress((i + fraction) / options.captures, name);
    });
    pcap.hand_over(complete);
    result.packets += pcap.frames();
  }
  storage::OutputFile devices(result.devices, staging);
  devices.write(devices_toml(home));
  devices.hand_over(complete);
  publish(options.folder, complete);
  return result;
}

std::optional<traffic::Nanoseconds> parse_time(const std::string& text) {
  const auto time = interchange::parse_time(text);
  const bool valid = time && text >= "1970" && text < "2101" && traffic::time_text(*time) == text;
  return valid ? time : std::nullopt;
}

}  // namespace ipet::synthesis
