#include "stages/gateway/end.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/defence/group_mixer.hpp"
#include "stages/gateway/ip_packet.hpp"

namespace ipet::gateway {

using traffic::Nanoseconds;

namespace {

constexpr std::string_view placeholder = "{line}";

std::string with_line(const std::string& text, std::size_t line) {
  const std::size_t at = text.find(placeholder);
  if (at == std::string::npos) return text;
  return text.substr(0, at) + std::to_string(line) + text.substr(at + placeholder.size());
}

std::uint32_t draw_session() {
  std::random_device random;
  std::uint32_t session = 0;
  while (session == 0) session = random();
  return session;
}

std::vector<traffic::Device> protected_of(const traffic::DeviceFile& file) {
  std::vector<traffic::Device> out;
  std::ranges::copy_if(file.devices, std::back_inserter(out), &traffic::Device::protect);
  if (out.empty())
    throw std::runtime_error(file.path.string() +
                             " names no device that is to be protected (protect = true)");
  return out;
}

}  // namespace

std::pair<std::string, std::string> EndOptions::fault() const {
  if (tunnels.empty()) return {"tunnels", "names no interface"};
  for (const std::string& tunnel : tunnels) {
    // Without one, datagrams would leave unencrypted, on whatever route there is.
    if (tunnel.empty() || tunnel.size() > 15 || tunnel.find_first_of("/ \t\n") != std::string::npos)
      return {"tunnels", "'" + tunnel + "' is no name of an interface: 1 to 15 bytes without '/' and blanks"};
    if (std::ranges::count(tunnels, tunnel) > 1)
      return {"tunnels", "'" + tunnel + "' is named twice: each line has a tunnel of its own"};
  }
  if (!Endpoint::parse(with_line(other, 0)))
    return {"", "'" + other + "' is no address with a port, such as 10.77.{line}.2:4790 or [fd77::2]:4790"};
  if (tunnels.size() > 1 && other.find(placeholder) == std::string::npos)
    return {"", "'" + other + "' is the same for all tunnels: {line} stands for the line's number"};
  return {};
}

std::uint32_t EndOptions::largest_packet(bool v6) const {
  return mtu - (v6 ? 48 : 28) - static_cast<std::uint32_t>(datagram_header);
}

End::End(Side side, const defence::Defence& defence, const std::string& name,
         const defence::Resources& resources, defence::Topology topology, const traffic::DeviceFile& devices,
         const EndOptions& options, Report report)
    : side_(side),
      options_(options),
      report_(std::move(report)),
      clock_(options.speed),
      networks_(devices.local_networks),
      addresses_(protected_of(devices),
                 topology == defence::Topology::home ? 1 : protected_of(devices).size()) {
  const std::vector<std::string> names =
      text::mapped(protected_of(devices), [](const auto& device) { return device.name; });
  std::vector<defence::Line> lines;
  if (topology == defence::Topology::home)
    lines.push_back({defence::home_line, 0, std::nullopt, names});
  else
    for (const std::string& device : names) lines.push_back({device});
  if (options_.tunnels.size() != lines.size())
    throw std::runtime_error(
        "'tunnels' names " + text::counted(options_.tunnels.size(), "interface") + " for " +
        text::counted(lines.size(), "line") + ": " +
        text::named(text::mapped(lines, [](const auto& line) { return line.device; }), 12) +
        (topology == defence::Topology::home ? "" : "; with lines = \"home\" one carries all of them"));
  // Beside the path the relay sends what it is asked for, and needs nothing of what the gateway decides by.
  if (side == Side::gateway || defence.delays()) defence.check(resources);
  defence::check_topology(defence, resources, topology, name);
  open_lines(text::mapped(lines, [](const auto& line) { return line.device; }));
  const bool v6 = Endpoint::parse(with_line(options_.other, 0))->v6;
  Ends ends{side,           links_,
            counters_,      [this](std::span<const std::uint8_t> packet) { deliver(packet); },
            options_.queue, v6 ? 48U : 28U};
  if (defence.delays()) {
    tun_.emplace(options_.tun, options_.largest_packet(v6));
    driver_ = path_driver(defence, name, resources, lines, ends);
  } else {
    watch_.emplace(options_.tunnels, Endpoint::parse(with_line(options_.other, 0))->port);
    driver_ = cover_driver(defence, name, resources, lines,
                           {options_.control_period.count(), options_.answers}, ends);
  }
  told_ = counters_;
}

End::~End() = default;

void End::open_lines(const std::vector<std::string>& names) {
  const std::uint32_t session = draw_session();
  for (const std::string& name : names) {
    counters_.lines.emplace_back();
    counters_.lines.back().name = name;
  }
  sockets_.reserve(names.size());  // links point at them
  for (std::size_t line = 0; line < names.size(); ++line) {
    const auto other = Endpoint::parse(with_line(options_.other, line));
    if (!other)
      throw std::runtime_error("'" + with_line(options_.other, line) + "' is no address with a port");
    LineSocket& socket = sockets_.emplace_back(options_.tunnels[line], *other);
    links_.emplace_back(static_cast<std::uint16_t>(line), session, options_.mtu - (other->v6 ? 48 : 28),
                        counters_, side_,
                        [&socket](std::span<const std::uint8_t> bytes) { return socket.send(bytes); });
  }
}

void End::run(const std::function<bool()>& stop) {
  const Nanoseconds begin = monotonic_now(), end = begin + options_.run_for.count();
  for (std::size_t line = 0; line < sockets_.size(); ++line)
    loop_.add(sockets_[line].descriptor(), [this, line] { receive(line); });
  if (watch_) loop_.add(watch_->descriptor(), [this] { look(); });
  if (tun_) loop_.add(tun_->descriptor(), [this] { read_tun(); });
  driver_->begin(clock_.now());
  second_ = begin + traffic::second;
  report_("begin", std::string(side_ == Side::gateway ? "gateway" : "relay") + " of " +
                       text::counted(links_.size(), "line") + (tun_ ? ", in the path" : ", beside the path"));
  tell_uncovered();
  for (const std::string& tunnel : options_.tunnels)
    if (!has_no_link_layer(tunnel)) {
      report_("no_tunnel",
              "the interface '" + tunnel +
                  "' is no tunnel: unless something else encrypts what leaves there, all of it can be "
                  "read, cover too");
      break;
    }
  loop_.run([&] { return stop() || (options_.run_for.count() > 0 && monotonic_now() >= end); },
            [this] { return turn(); });
  tell_changes();
}

Nanoseconds End::turn() {
  Nanoseconds next = LiveClock::never;
  // What comes due while others are sent leaves in the same turn.
  for (int round = 0; round < 64; ++round) {
    const Nanoseconds now = clock_.now();
    if (link_due_ <= now) {
      act(links_, *driver_, now);
      link_due_ = first_due(links_);
      if (link_due_ <= now) link_due_ = now + polling;  // they wait for a better moment
    }
    if (driver_->due() <= now) driver_->act(now);
    next = driver_->due();
    if (next <= now) next = now + polling;
    if (next > now + polling / 50) break;
  }
  next = std::min(next, link_due_);
  const Nanoseconds monotonic = monotonic_now();
  if (monotonic >= look_due_) {
    loop_.listen(watch_->descriptor(), true);
    look_due_ = LiveClock::never;
  }
  if (monotonic >= second_) {
    while (second_ <= monotonic) second_ += traffic::second;
    if (watch_) counters_.unseen += watch_->missed();
    tell_changes();
    if (every_second) every_second();
  }
  return std::min({clock_.monotonic_at(next), second_, look_due_});
}

bool End::bypasses(const IpPacket& packet) const {
  return packet.destination.is_multicast_or_broadcast() || packet.destination.stays_on_link() ||
         packet.source.stays_on_link() ||
         (networks_.contains(packet.source) && networks_.contains(packet.destination));
}

std::optional<std::size_t> End::line_of(const traffic::IpAddress& address) {
  auto line = addresses_.line_of(address);
  const Nanoseconds now = monotonic_now();
  if (line || side_ == Side::relay || now < neighbours_asked_ + traffic::second) return line;
  neighbours_asked_ = now;
  for (const auto& [neighbour, mac] : neighbours()) addresses_.learn(neighbour, mac);
  return addresses_.line_of(address);
}

void End::read_tun() {
  std::array<std::uint8_t, 65'536> room;
  for (int count = 0; count < 64; ++count) {
    const std::span<const std::uint8_t> packet = tun_->read(room);
    if (packet.empty()) return;
    take(packet, clock_.now());
  }
}

void End::take(std::span<const std::uint8_t> packet, Nanoseconds now) {
  const auto ip = read_ip(packet);
  const auto drop = [&](Dropped reason) { ++counters_.of(reason); };
  if (!ip || ip->length != packet.size()) return drop(Dropped::malformed);
  if (bypasses(*ip)) return drop(Dropped::bypass);
  const auto line = line_of(side_ == Side::gateway ? ip->source : ip->destination);
  if (!line) return drop(Dropped::unknown);
  if (packet.size() > links_[*line].largest_content()) return drop(Dropped::malformed);
  if (!links_[*line].up()) return drop(Dropped::line_down);
  if (record && ip->payload)
    record(*line, side_ == Side::gateway ? ip->source : ip->destination,
           {now, *ip->payload, own_direction(side_), ip->protocol, false});
  driver_->take(*line, packet, now);
}

void End::deliver(std::span<const std::uint8_t> packet) {
  const auto ip = read_ip(packet);
  if (side_ == Side::relay) addresses_.learn(ip->source, arriving_);
  if (record && ip->payload)
    record(arriving_, side_ == Side::gateway ? ip->destination : ip->source,
           {clock_.now(), *ip->payload,
            side_ == Side::gateway ? traffic::Direction::in : traffic::Direction::out, ip->protocol, false});
  if (!tun_->write(packet)) ++counters_.of(Dropped::sending);
}

// A home of hundreds of devices would wake us for every packet: after each look there is a pause.
void End::look() {
  watch_->look([this](const SeenPacket& seen) { see(seen); });
  loop_.listen(watch_->descriptor(), false);
  look_due_ = monotonic_now() + polling;
}

void End::see(const SeenPacket& seen) {
  const auto ip = read_ip(seen.begin);
  if (!ip) return;
  if (bypasses(*ip)) {
    ++counters_.of(Dropped::bypass);
    return;
  }
  const bool out = seen.leaves == (side_ == Side::gateway);
  const traffic::DevicePacket packet{clock_.now() - clock_.passed(seen.age), ip->payload.value_or(0),
                                     out ? traffic::Direction::out : traffic::Direction::in, ip->protocol,
                                     false};
  counters_.lines[seen.tunnel].in(packet.direction).user.add(ip->length);
  if (record && ip->payload) record(seen.tunnel, out ? ip->source : ip->destination, packet);
  driver_->see(seen.tunnel, packet, packet.size > 0);
}

void End::receive(std::size_t line) {
  sockets_[line].receive([&](std::span<const std::uint8_t> bytes, bool stranger) {
    if (stranger) {
      ++counters_.of(Refused::stranger);
      return;
    }
    const Nanoseconds now = clock_.now();
    const auto arrival = links_[line].receive(bytes, now);
    link_due_ = std::min(link_due_, links_[line].due());
    if (!arrival) return;
    arriving_ = line;
    Ends{side_, links_, counters_}.count(line, arrival->datagram, bytes.size());
    driver_->receive(line, *arrival, now);
  });
}

void End::tell_uncovered() const {
  std::vector<std::string> names;
  for (const LineCounters& line : counters_.lines)
    if (!line.covered) names.push_back(line.name);
  if (!names.empty())
    report_("uncovered",
            "the defence knows nothing of these devices, and they have no cover: " + text::named(names, 12));
}

/// One line for each kind of trouble that is new since the last time.
void End::tell_changes() {
  const auto up = [](const Counters& counters) {
    return static_cast<std::size_t>(std::ranges::count(counters.lines, true, &LineCounters::up));
  };
  if (const std::size_t now = up(counters_); now != up(told_))
    report_(now == links_.size() ? "all_up" : "some_up", "the other end answers on " + std::to_string(now) +
                                                             " of " + text::counted(links_.size(), "line"));
  if (counters_.sessions > told_.sessions && told_.sessions >= links_.size())
    report_("restart", "the other end has begun anew");
  for (const auto& [word, reason] : refused_words)
    if (const auto count = counters_.of(reason) - told_.of(reason); count > 0)
      report_("refused_" + std::string(word),
              text::counted(count, "datagram") + " refused: " + std::string(word));
  for (const auto& [word, reason] : dropped_words)
    if (const auto count = counters_.of(reason) - told_.of(reason); count > 0)
      report_("dropped_" + std::string(word),
              text::counted(count, "user packet") + " dropped: " + std::string(word));
  if (const auto count = counters_.unseen - told_.unseen; count > 0)
    report_("unseen", text::counted(count, "user packet") + " passed unseen: the kernel had no room");
  if (const auto count = counters_.lost - std::min(told_.lost, counters_.lost); count > 0)
    report_("lost", text::counted(count, "datagram") + " of the other end did not come");
  told_ = counters_;
}

}  // namespace ipet::gateway
