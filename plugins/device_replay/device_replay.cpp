// Task: a capture's devices once more, at the times at which they were recorded.
#include "stages/records/device_replay.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/lists.hpp"
#include "pipeline/text/numbers.hpp"
#include "stages/interchange/decimal_time.hpp"
#include "stages/traffic/text_table.hpp"
#include "stages/traffic/traces.hpp"
#include "stages/traffic/value_text.hpp"

namespace {

using namespace ipet;
using records::Endpoint;
using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

enum class SentAs { records, datagrams };
enum class Which { both, out, in };

struct ReplayStageOptions {
  std::vector<std::string> to, from, devices;
  std::string capture;
  SentAs form = SentAs::records;
  Which direction = Which::both;
  double speed = 1;
  std::string begin_at;
  std::chrono::nanoseconds skip{0}, length{0};
  std::chrono::nanoseconds wait = std::chrono::seconds(10);
  std::uint32_t largest_datagram = 1392;  // IPv4 in WireGuard: 1,420 less 28
};

Endpoint endpoint_of(const std::vector<std::string>& texts, std::size_t device) {
  return *Endpoint::parse(texts[texts.size() == 1 ? 0 : device]);
}

/// A device that is replayed.
struct Replayed {
  std::string device;
  std::vector<DevicePacket> packets;
  std::unique_ptr<records::Outlet> outlet;
};

class DeviceReplay {
 public:
  using Options = ReplayStageOptions;
  DeviceReplay(const Options& options, StageContext& context) : options_(options), context_(context) {}

  void run(Emitter&) {
    traces_ = context_.whole<traffic::Traces>("packets");
    const std::size_t capture = chosen_capture();
    Nanoseconds first = std::numeric_limits<Nanoseconds>::max();
    for (const traffic::Trace& trace : traces_->traces)
      if (trace.capture == capture && !trace.packets.empty())
        first = std::min(first, trace.packets.front().time);
    std::vector<Replayed> replayed = chosen_devices(capture);
    const records::Waiting waiting = [this] { context_.check_interrupted(); };
    for (std::size_t device = 0; device < replayed.size(); ++device)
      replayed[device].outlet = outlet_of(device, waiting);

    records::DeviceReplayOptions options;
    options.speed = options_.speed;
    options.from = first + options_.skip.count();
    options.until = options_.length.count() == 0 ? std::numeric_limits<Nanoseconds>::max()
                                                 : options.from + options_.length.count();
    options.begin = records::steady_time() + wait_before();
    std::vector<records::ReplayedLine> lines;
    for (const Replayed& each : replayed) lines.push_back({each.packets, each.outlet.get()});
    tell(replayed, records::replay(lines, options, waiting));
  }

 private:
  [[nodiscard]] std::size_t chosen_capture() const {
    std::vector<std::string> names;
    for (const std::string& name : traces_->captures)
      if (!name.empty()) names.push_back(name);
    if (names.empty()) throw std::runtime_error("there are no packets to replay");
    if (options_.capture.empty() && names.size() > 1)
      throw std::runtime_error("there are several captures: choose one with option 'capture': " +
                               text::joined(names));
    const std::string& wanted = options_.capture.empty() ? names.front() : options_.capture;
    const auto found = std::ranges::find(traces_->captures, wanted);
    if (found == traces_->captures.end())
      throw std::runtime_error("option 'capture': no capture '" + wanted +
                               "'; there are: " + text::joined(names));
    return static_cast<std::size_t>(found - traces_->captures.begin());
  }

  /// Those that the options name, or all that say something in the capture.
  [[nodiscard]] std::vector<Replayed> chosen_devices(std::size_t capture) const {
    std::vector<Replayed> chosen;
    for (const std::string& name : options_.devices) {
      if (traces_->device_index(name) == traces_->devices.size())
        throw std::runtime_error("option 'devices': no device '" + name +
                                 "'; there are: " + text::joined(traces_->devices));
      chosen.push_back({name, {}, nullptr});
    }
    for (const traffic::Trace& trace : traces_->traces) {
      if (trace.capture != capture) continue;
      const std::string& name = traces_->devices[trace.device];
      auto to = std::ranges::find(chosen, name, &Replayed::device);
      if (to == chosen.end() && !options_.devices.empty()) continue;
      if (to == chosen.end()) to = chosen.insert(to, {name, {}, nullptr});
      std::ranges::copy_if(
          trace.packets, std::back_inserter(to->packets), [this](const DevicePacket& packet) {
            return options_.direction == Which::both ||
                   (options_.direction == Which::out) == (packet.direction == Direction::out);
          });
    }
    for (const auto& [option, texts] : {std::pair("to", &options_.to), std::pair("from", &options_.from)})
      if (texts->size() > 1 && texts->size() != chosen.size())
        throw std::runtime_error(std::string("option '") + option + "' has " + std::to_string(texts->size()) +
                                 " addresses for " + text::counted(chosen.size(), "device") + " (" +
                                 text::joined(chosen, ", ", &Replayed::device) +
                                 "): give one for all, or one each");
    return chosen;
  }

  [[nodiscard]] std::unique_ptr<records::Outlet> outlet_of(std::size_t device,
                                                           const records::Waiting& waiting) const {
    const Endpoint to = endpoint_of(options_.to, device);
    std::optional<Endpoint> from;
    if (!options_.from.empty()) from = endpoint_of(options_.from, device);
    if (options_.form == SentAs::datagrams)
      return records::datagram_outlet(to, from, options_.largest_datagram);
    return records::record_outlet(to, from, options_.wait.count(), waiting);
  }

  /// Until `begin_at`.
  [[nodiscard]] Nanoseconds wait_before() const {
    if (options_.begin_at.empty()) return 0;
    const Nanoseconds wait = *interchange::parse_time(options_.begin_at) - records::wall_time();
    if (wait < 0)
      context_.warn("begin_at was " + text::format("%.1f s ago", -1e-9 * static_cast<double>(wait)) +
                    ": what was due by now leaves at once");
    return wait;
  }

  void tell(const std::vector<Replayed>& replayed, const defence::DelayHistogram& late) {
    traffic::TextTable table({"device", "packets", "bytes"});
    for (const Replayed& each : replayed) {
      const records::Sent& sent = each.outlet->sent();
      table.row(each.device, {sent.packets, sent.bytes});
      if (sent.lost > 0)
        context_.warn("device '" + each.device + "': " + text::counted(sent.lost, "packet") +
                      " lost: " + sent.why);
      if (sent.cut > 0)
        context_.warn("device '" + each.device + "': " + text::counted(sent.cut, "packet") +
                      " left in several datagrams: larger than largest_datagram");
      if (sent.too_large > 0)
        context_.warn("device '" + each.device + "': " + text::counted(sent.too_large, "packet") +
                      " left out: too large for a record");
    }
    context_.print_at_end("\n" + context_.stage() + ": sent\n" + table.text() +
                          text::format("late by: p50 %.3f ms, p99 %.3f ms, at most %.3f ms\n",
                                       1e3 * late.quantile(0.5), 1e3 * late.quantile(0.99),
                                       1e3 * late.maximum()));
  }

  Options options_;
  StageContext& context_;
  std::shared_ptr<const traffic::Traces> traces_;
};

void check_addresses(const std::vector<std::string>& texts, const char* option, bool port,
                     const OptionPlaces& at) {
  for (const std::string& text : texts)
    if (const auto parsed = Endpoint::parse(text); !parsed || (port && parsed->port == 0))
      return at.problem(
          option, std::string("must hold addresses ") + (port ? "with a port" : "with or without a port") +
                      ", such as \"10.0.0.1:4800\" or \"[fd77::1]:4800\", not \"" + text + "\"");
}

void check(const ReplayStageOptions& options, const OptionPlaces& at) {
  if (options.to.empty()) at.problem("to", "names nobody; give an address such as \"10.0.0.1:4800\"");
  check_addresses(options.to, "to", true, at);
  check_addresses(options.from, "from", false, at);
  if (!options.begin_at.empty() && !interchange::parse_time(options.begin_at))
    at.problem("begin_at", "must be a time such as 2026-03-02T16:00:00Z, or seconds since the epoch");
}

}  // namespace

IPET_PLUGIN("device_replay", "1.0", catalog) {
  using O = ReplayStageOptions;
  catalog.task<DeviceReplay>("device_replay")
      .about(
          "Sends what devices sent in a capture once more, at the recorded times: as records of the "
          "published "
          "live programs over TCP, or as UDP datagrams of the packets' sizes.")
      .whole<traffic::Traces>("packets", "packets of the devices")
      .option(
          "to", &O::to, required{},
          "Addresses with a port to send to: one for all devices, or one for each of them in their order.")
      .option("from", &O::from,
              "Addresses to send from, with a port or without, one for all or one each; empty: any.")
      .option(
          "devices", &O::devices,
          "Whom to replay, in this order; empty: all that say something, in the order of the devices file.")
      .option("capture", &O::capture, "Which capture, by its name; empty: the only one.")
      .option("form", &O::form,
              choices<SentAs>({{"records", SentAs::records}, {"datagrams", SentAs::datagrams}}),
              "records: 4 bytes for each packet, over one TCP connection for each device. datagrams: UDP "
              "datagrams of zeros as large as the payload of each packet.")
      .option("direction", &O::direction,
              choices<Which>({{"both", Which::both}, {"out", Which::out}, {"in", Which::in}}),
              "Which packets: out is what devices sent; of datagrams each end sends its own.")
      .option("speed", &O::speed, minimum(1e-3), maximum(1e6),
              "The recorded time runs so many times as fast.")
      .option("begin_at", &O::begin_at,
              "When the capture's first packet is due, in UTC or in seconds since the epoch, so that two "
              "replays agree; empty: at once.")
      .option("skip_seconds", &O::skip, unit("s"), minimum(0),
              "Leave out so much of the capture's beginning.")
      .option("length_seconds", &O::length, unit("s"), minimum(0), "Replay so much of the capture; 0: all.")
      .option("wait_seconds", &O::wait, unit("s"), minimum(0), maximum(86'400),
              "How long to wait for somebody who takes records.")
      .option("largest_datagram", &O::largest_datagram, unit("bytes"), minimum(1), maximum(65'507),
              "Larger packets leave in several datagrams.")
      .check(check);
}
