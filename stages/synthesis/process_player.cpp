#include "stages/synthesis/process_player.hpp"

#include <cmath>

namespace ipet::synthesis {

namespace {

constexpr Nanoseconds name_lifetime = 300 * traffic::second;

Nanoseconds milliseconds(double value) {
  return static_cast<Nanoseconds>(value * 1e6);
}

const Device& device_named(const Home& home, const std::string& name) {
  for (const Device& device : home.devices)
    if (device.name == name) return device;
  throw std::logic_error("no device '" + name + "'");  // read_home has checked
}

}  // namespace

ProcessPlayer::ProcessPlayer(const Home& home, const Device& device, const Process& process,
                             DevicePorts& ports, TriggerClock clock, traffic::Random random)
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

Endpoint ProcessPlayer::own(bool v6, std::uint16_t port) const {
  return {mac_, v6 ? device_.ipv6 : device_.ip, port};
}

/// A server beyond the gateway is seen with the gateway's MAC; a device of the home with its own.
Endpoint ProcessPlayer::peer() const {
  const Server& server = process_.server;
  if (server.device.empty()) return {gateway_mac_, server.ip, server.port};
  const Device& other = device_named(home_, server.device);
  return {Tins::HWAddress<6>(other.mac), other.ip, server.port};
}

/// What would start an exchange during another one is ignored.
void ProcessPlayer::wait_for_trigger(Nanoseconds not_before) {
  playing_ = false;
  do {
    wake_ = clock_.next();
  } while (wake_ < not_before && wake_ < clock_.end());
}

void ProcessPlayer::act(Timeline& timeline) {
  if (playing_)
    play_step(timeline);
  else if (process_.transport == Transport::tcp || process_.transport == Transport::udp)
    begin_exchange(timeline);
  else
    wait_for_trigger(play_fixed(wake_, timeline));
}

void ProcessPlayer::begin_exchange(Timeline& timeline) {
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

void ProcessPlayer::play_step(Timeline& timeline) {
  const Step& step = process_.steps[step_];
  const auto size = static_cast<std::size_t>(std::llround(draw(step.size)));
  const Nanoseconds done = conversation_->send(wake_, step.out, size, timeline, random_);
  --left_;
  next_step(done, timeline);
}

/// Finds the next message after what ended at `done`, or ends the exchange.
void ProcessPlayer::next_step(Nanoseconds done, Timeline& timeline) {
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

Nanoseconds ProcessPlayer::ask(Nanoseconds time, const Endpoint& peer, const Bytes& question,
                               const Bytes& answer, double rtt_ms, Timeline& timeline) {
  const Endpoint here = own(peer.is_v6, ports_.take());
  const auto id = static_cast<std::uint16_t>(random_.bits());
  timeline.add(time, udp_frame(here, peer, question, id));
  time += milliseconds(rtt_ms * random_.uniform(1, 1.3));
  timeline.add(time, udp_frame(peer, here, answer, id));
  return time + milliseconds(1);
}

/// Asks the device's resolver for the server's address when the last answer is too old.
Nanoseconds ProcessPlayer::look_up(Nanoseconds time, Timeline& timeline) {
  const Server& server = process_.server;
  if (server.host.empty() || server.ip.empty() || time < name_valid_until_) return time;
  name_valid_until_ = time + name_lifetime;
  const Endpoint resolver{gateway_mac_, device_.resolver, 53};
  const auto id = static_cast<std::uint16_t>(random_.bits());
  return ask(time, resolver, dns_payload(server.host, server.ip, false, id),
             dns_payload(server.host, server.ip, true, id), device_.resolver == home_.gateway_ip ? 3 : 12,
             timeline);
}

/// One exchange of a transport that has no steps; returns when it is over.
Nanoseconds ProcessPlayer::play_fixed(Nanoseconds time, Timeline& timeline) {
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
      timeline.add(time,
                   udp_frame(own(false, 5353), {Tins::HWAddress<6>("01:00:5e:00:00:fb"), "224.0.0.251", 5353},
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

}  // namespace ipet::synthesis
