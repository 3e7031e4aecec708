#include "stages/synthesis/traffic_synthesizer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <deque>
#include <optional>
#include <queue>

#include "stages/interchange/decimal_time.hpp"
#include "stages/synthesis/clocks.hpp"
#include "stages/synthesis/conversation.hpp"
#include "stages/synthesis/modelled_home.hpp"
#include "stages/synthesis/timeline.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::synthesis {

namespace {

using traffic::StreamKey;

/// What the players of a device share: the next source port, in the dynamic range of RFC 6335.
struct DevicePorts {
  std::uint16_t next = 49152;
  std::uint16_t take() {
    const std::uint16_t taken = next++;
    if (next == 0) next = 49152;
    return taken;
  }
};

constexpr Nanoseconds name_lifetime = 300 * traffic::second;

Nanoseconds milliseconds(double value) {
  return static_cast<Nanoseconds>(value * 1e6);
}

const Device& device_named(const Home& home, const std::string& name) {
  for (const Device& device : home.devices)
    if (device.name == name) return device;
  throw std::logic_error("no device '" + name + "'");  // read_home has checked
}

/// Plays one process of one device through a recording, one message at a time.
class ProcessPlayer {
 public:
  /// All arguments must outlive the player.
  ProcessPlayer(const Home& home, const Device& device, const Process& process, DevicePorts& ports,
                TriggerClock clock, traffic::Random random)
      : home_(home),
        device_(device),
        process_(process),
        ports_(ports),
        clock_(clock),
        random_(random),
        mac_(device.mac),
        gateway_mac_(home.gateway_mac) {
    wake_ = clock_.next();
  }

  /// When it wants to act next.
  [[nodiscard]] Nanoseconds wake() const { return wake_; }
  /// Acts at wake(): adds frames at or after it, and moves wake() on.
  void act(Timeline& timeline) {
    if (playing_)
      play_step(timeline);
    else if (process_.transport == Transport::tcp || process_.transport == Transport::udp)
      begin_exchange(timeline);
    else
      wait_for_trigger(play_fixed(wake_, timeline));
  }

 private:
  void begin_exchange(Timeline& timeline) {
    Nanoseconds time = wake_;
    if (!conversation_) {
      time = look_up(time, timeline);
      const Endpoint there = peer();
      conversation_.emplace(own(there.is_v6, ports_.take()), there, process_.transport == Transport::tcp,
                            milliseconds(process_.server.rtt_ms));
      time = conversation_->open(time, timeline, random_);
    }
    playing_ = true;
    step_ = 0;
    left_ = static_cast<std::uint64_t>(std::llround(draw(process_.steps[0].times)));
    next_step(time, timeline);
  }
  void play_step(Timeline& timeline) {
    const Step& step = process_.steps[step_];
    const auto size = static_cast<std::size_t>(std::llround(draw(step.size)));
    const Nanoseconds done = conversation_->send(wake_, step.out, size, timeline, random_);
    --left_;
    next_step(done, timeline);
  }
  /// Finds the next message after what ended at `done`, or ends the exchange.
  void next_step(Nanoseconds done, Timeline& timeline) {
    while (left_ == 0) {
      if (++step_ == process_.steps.size()) {
        if (!process_.kept) {
          done = conversation_->close(done + milliseconds(5), timeline, random_);
          conversation_.reset();
        }
        return wait_for_trigger(done);
      }
      left_ = static_cast<std::uint64_t>(std::llround(draw(process_.steps[step_].times)));
    }
    wake_ = done + milliseconds(draw(process_.steps[step_].after_ms));
  }
  /// What would start an exchange during another one is ignored.
  void wait_for_trigger(Nanoseconds not_before) {
    playing_ = false;
    do {
      wake_ = clock_.next();
    } while (wake_ < not_before && wake_ < clock_.end());
  }
  /// One exchange of a transport that has no steps; returns when it is over.
  Nanoseconds play_fixed(Nanoseconds time, Timeline& timeline) {
    const Endpoint here = own(false, 0);
    const Endpoint gateway{gateway_mac_, home_.gateway_ip, 0};
    const Nanoseconds local = time + milliseconds(random_.uniform(0.3, 2));
    const auto id = static_cast<std::uint16_t>(random_.bits());
    switch (process_.transport) {
      case Transport::dns:
        name_valid_until_ = 0;
        return look_up(time, timeline);
      case Transport::ntp: {
        Endpoint server = peer();
        server.port = 123;
        return ask(time, server, ntp_payload(false, time), ntp_payload(true, time), process_.server.rtt_ms,
                   timeline);
      }
      case Transport::mdns:
        timeline.add(
            time, udp_frame(own(false, 5353), {Tins::HWAddress<6>("01:00:5e:00:00:fb"), "224.0.0.251", 5353},
                            mdns_payload(device_.name), id));
        return time + 1;
      case Transport::ssdp:
        timeline.add(time, udp_frame(own(false, 1900),
                                     {Tins::HWAddress<6>("01:00:5e:7f:ff:fa"), "239.255.255.250", 1900},
                                     ssdp_payload(), id));
        return time + 1;
      case Transport::arp:
        timeline.add(time, arp_frame(here, gateway, false));
        timeline.add(local, arp_frame(gateway, here, true));
        return local + 1;
      case Transport::ping: {
        const Nanoseconds back = time + milliseconds(process_.server.rtt_ms);
        ++pings_;
        timeline.add(time, ping_frame(here, peer(), false, id, pings_));
        timeline.add(back, ping_frame(peer(), here, true, id, pings_));
        return back + 1;
      }
      case Transport::neighbour: {
        const Endpoint gateway6{gateway_mac_, home_.gateway_ipv6, 0};
        timeline.add(time, neighbour_frame(own(true, 0), gateway6, false));
        timeline.add(local, neighbour_frame(gateway6, own(true, 0), true));
        return local + 1;
      }
      case Transport::tcp:
      case Transport::udp:
        break;
    }
    return time;
  }
  /// Asks the device's resolver for the server's address when the last answer is too old.
  Nanoseconds look_up(Nanoseconds time, Timeline& timeline) {
    const Server& server = process_.server;
    if (server.host.empty() || server.ip.empty() || time < name_valid_until_) return time;
    name_valid_until_ = time + name_lifetime;
    const Endpoint resolver{gateway_mac_, device_.resolver, 53};
    const auto id = static_cast<std::uint16_t>(random_.bits());
    return ask(time, resolver, dns_payload(server.host, server.ip, false, id),
               dns_payload(server.host, server.ip, true, id), device_.resolver == home_.gateway_ip ? 3 : 12,
               timeline);
  }
  Nanoseconds ask(Nanoseconds time, const Endpoint& peer, const Bytes& question, const Bytes& answer,
                  double rtt_ms, Timeline& timeline) {
    const Endpoint here = own(peer.is_v6, ports_.take());
    const auto id = static_cast<std::uint16_t>(random_.bits());
    timeline.add(time, udp_frame(here, peer, question, id));
    time += milliseconds(rtt_ms * random_.uniform(1, 1.3));
    timeline.add(time, udp_frame(peer, here, answer, id));
    return time + milliseconds(1);
  }
  Endpoint own(bool v6, std::uint16_t port) const { return {mac_, v6 ? device_.ipv6 : device_.ip, port}; }
  /// A server beyond the gateway is seen with the gateway's MAC; a device of the home with its own.
  Endpoint peer() const {
    const Server& server = process_.server;
    if (server.device.empty()) return {gateway_mac_, server.ip, server.port};
    const Device& other = device_named(home_, server.device);
    return {Tins::HWAddress<6>(other.mac), other.ip, server.port};
  }
  double draw(const Range& range) { return random_.uniform(range.low, range.high); }

  const Home& home_;
  const Device& device_;
  const Process& process_;
  DevicePorts& ports_;
  TriggerClock clock_;
  traffic::Random random_;
  Tins::HWAddress<6> mac_, gateway_mac_;

  Nanoseconds wake_ = 0;
  Nanoseconds name_valid_until_ = 0;
  std::optional<Conversation> conversation_;  ///< kept ones outlive an exchange
  bool playing_ = false;
  std::size_t step_ = 0;
  std::uint64_t left_ = 0;  ///< messages of the step
  std::uint16_t pings_ = 0;
};

/// All processes of all devices in one recording, played in time order.
class Recording {
 public:
  Recording(const Home& home, StreamKey key, Nanoseconds begin, Nanoseconds end) : begin_(begin), end_(end) {
    ports_.resize(home.devices.size());
    for (std::size_t d = 0; d < home.devices.size(); ++d) {
      const Device& device = home.devices[d];
      for (const Process& process : home.products[device.product].processes) {
        const StreamKey own = key.with(device.name).with(process.name);
        const std::string event = process.trigger.kind == Trigger::Kind::event
                                      ? home.events[process.trigger.event].name
                                      : std::string();
        TriggerClock clock(home, process.trigger, begin, end, traffic::Random(own.with("clock")),
                           traffic::Random(key.with("event").with(event)));
        players_.emplace_back(home, device, process, ports_[d], clock, traffic::Random(own.with("messages")));
      }
    }
  }

  void play(Timeline& timeline, const std::function<void(double)>& progress) {
    using Turn = std::pair<Nanoseconds, std::size_t>;  // ties go to the player that was made first
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
    for (std::size_t i = 0; i < players_.size(); ++i) turns.emplace(players_[i].wake(), i);
    for (std::uint64_t count = 0; !turns.empty(); ++count) {
      const auto [time, i] = turns.top();
      turns.pop();
      if (time >= end_) break;
      if (count % 4096 == 0)
        progress(static_cast<double>(time - begin_) / static_cast<double>(end_ - begin_));
      timeline.complete_until(time);
      players_[i].act(timeline);
      turns.emplace(players_[i].wake(), i);
    }
    timeline.complete_until(end_);
  }

 private:
  Nanoseconds begin_, end_;
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
    const StreamKey key = StreamKey(options.seed).with("synthesis").with(i);
    Recording(home, key, begin, begin + duration).play(timeline, [&](double fraction) {
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
