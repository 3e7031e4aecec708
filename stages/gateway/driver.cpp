#include "stages/gateway/driver.hpp"

#include <algorithm>

namespace ipet::gateway {

using traffic::Nanoseconds;

namespace {

Flow& flow_of(LineFlow& flow, Kind kind, bool carries) {
  switch (kind) {
    case Kind::hello:
    case Kind::control:
      return flow.control;
    case Kind::user:
      return flow.carried;
    case Kind::cell:
      return carries ? flow.carried : flow.cover;
    case Kind::dummy:
    case Kind::answer:
      break;
  }
  return flow.cover;
}

}  // namespace

bool Ends::send(std::size_t line, Kind kind, std::span<const std::uint8_t> content, std::size_t size,
                std::uint16_t first) const {
  if (!links[line].send(kind, content, size, first)) {
    ++counters.unsent;
    return false;
  }
  flow_of(counters.lines[line].in(own()), kind, !content.empty()).add(size + ip_overhead);
  return true;
}

void Ends::count(std::size_t line, const Datagram& datagram, std::size_t size) const {
  flow_of(counters.lines[line].in(other()), datagram.kind, !datagram.content.empty()).add(size + ip_overhead);
}

Nanoseconds first_due(const std::vector<Link>& links) {
  Nanoseconds first = LiveClock::never;
  for (const Link& link : links) first = std::min(first, link.due());
  return first;
}

void act(std::vector<Link>& links, const Driver& driver, Nanoseconds now) {
  const Nanoseconds first = first_due(links);
  // Where it never ends, they do not wait for ever.
  if (first > now || (driver.in_the_midst(now) && now - first < traffic::second)) return;
  for (Link& link : links) link.act(now);
}

}  // namespace ipet::gateway
