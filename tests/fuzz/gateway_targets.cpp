// What comes to the sockets of a gateway: datagrams of the other end, questions for the counters.
#include <algorithm>
#include <array>

#include "stages/gateway/datagram.hpp"
#include "stages/gateway/http_request.hpp"
#include "stages/gateway/ip_packet.hpp"
#include "stages/gateway/link.hpp"
#include "stages/gateway/packet_stream.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

using gateway::Datagram;

bool same(const Datagram& a, const Datagram& b) {
  return a.kind == b.kind && a.line == b.line && a.session == b.session && a.number == b.number &&
         a.first == b.first && std::ranges::equal(a.content, b.content);
}

/// What is taken is written as what is read as the same.
void check_datagram(const Datagram& datagram, Bytes input) {
  require(datagram.content.empty() ||
              (datagram.content.data() >= input.data() &&
               datagram.content.data() + datagram.content.size() <= input.data() + input.size()),
          "content that lies outside its datagram");
  require(datagram.first == Datagram::no_first || datagram.first < datagram.content.size(),
          "a first packet behind the content");
  std::vector<std::uint8_t> again(input.size(), 0xff);
  gateway::write(datagram, again);
  const auto parsed = gateway::parse_datagram(again);
  require(std::holds_alternative<Datagram>(parsed) && same(std::get<Datagram>(parsed), datagram),
          "a datagram that is written as another one");
}

/// Requests as they follow each other in the content.
void check_requests(Bytes content) {
  for (; content.size() >= gateway::request_bytes; content = content.subspan(gateway::request_bytes)) {
    const auto bytes = content.first<gateway::request_bytes>();
    gateway::Request request;
    if (!gateway::parse(bytes, request)) continue;
    std::array<std::uint8_t, gateway::request_bytes> again{};
    gateway::write(request, again);
    require(std::ranges::equal(bytes, again), "a request that is written as another one");
  }
}

void run_datagram(Bytes input) {
  const auto parsed = gateway::parse_datagram(input);
  if (const auto* datagram = std::get_if<Datagram>(&parsed)) {
    check_datagram(*datagram, input);
    check_requests(datagram->content);
  }
  check_requests(input);
}

/// The other end's session in the seeds, which has shaken hands.
constexpr std::uint32_t session = 0x1234'5678, own_session = 7;

std::vector<std::uint8_t> hello() {
  const std::uint8_t content[] = {0, 0, 0, own_session, 1};  // it knows us, and is up
  std::vector<std::uint8_t> bytes(100);
  gateway::write({gateway::Kind::hello, 0, session, 1, Datagram::no_first, content}, bytes);
  return bytes;
}

void check_packet(Bytes packet) {
  const auto ip = gateway::read_ip(packet);
  require(!ip || !ip->payload || *ip->payload <= 65'535, "a payload that no packet has");
}

void check_arrival(const gateway::Arrival& arrival, gateway::PacketReader& reader) {
  const auto deliver = [](Bytes packet) {
    require(packet.size() >= gateway::PacketReader::shortest_packet &&
                packet.size() <= gateway::PacketReader::longest_packet,
            "a packet of a size that is none");
    check_packet(packet);
  };
  const Datagram& datagram = arrival.datagram;
  check_packet(datagram.content);
  check_requests(datagram.content);
  if (datagram.kind != gateway::Kind::cell) return;
  if (arrival.late)
    reader.take_late(datagram.content, datagram.first, deliver);
  else
    reader.take(datagram.content, datagram.first, arrival.gap, deliver);
}

/// Datagrams one after another, each with two bytes of length before it; those that are taken go through what
/// puts user packets together.
void run_line(Bytes input) {
  gateway::Counters counters;
  counters.lines.resize(1);
  gateway::Link link(0, own_session, 1400, counters, gateway::Side::gateway, [](Bytes) { return true; });
  gateway::PacketReader reader;
  traffic::Nanoseconds now = traffic::second;
  static_cast<void>(link.receive(hello(), now));
  require(link.up(), "a line that does not come up");
  std::uint64_t came = 0, taken = 0;
  for (Parts parts(input); !parts.empty(); ++came) {
    const Bytes bytes = parts.take(parts.number<std::uint16_t>() % 1500);
    now += traffic::second / 1000;
    link.act(now);
    if (const auto arrival = link.receive(bytes, now)) {
      ++taken;
      check_arrival(*arrival, reader);
    }
    require(counters.lost < std::uint64_t{1} << 60, "fewer than no datagrams are missing");
  }
  std::uint64_t refused = 0;
  for (const std::uint64_t each : counters.refused) refused += each;
  require(taken + refused <= came, "more datagrams than came");
}

/// The first byte says in how large parts the rest comes. The verdict on a part is that on the whole.
void run_http(Bytes input) {
  Parts parts(input);
  const std::size_t step = 32 * (std::size_t{parts.byte()} + 1);
  const std::string_view whole = text_of(parts.rest());
  const auto last = gateway::http_verdict(whole);
  require(last.has_value() || whole.size() < gateway::longest_request + 4, "a request without a bound");
  for (std::size_t size = 0; size < whole.size(); size += step)
    if (const auto verdict = gateway::http_verdict(whole.substr(0, size)))
      require(last && verdict->status == last->status && verdict->head_only == last->head_only,
              "more bytes change what is answered");
  if (last)
    require(gateway::reason_phrase(last->status) != "Internal Server Error", "an answer without a name");
}

}  // namespace

std::vector<Target> gateway_targets() {
  return {{"datagram",
           "a datagram between gateway and relay, and the requests in it",
           2048,
           "",
           {"stages/gateway/datagram."},
           run_datagram},
          {"line",
           "what comes on a line of a gateway, one datagram after the other",
           8192,
           "",
           {"stages/gateway/link.", "stages/gateway/packet_stream.", "stages/gateway/ip_packet."},
           run_line},
          {"http",
           "a question for the counters, as its bytes come",
           9000,
           "",
           {"stages/gateway/http_request."},
           run_http}};
}

}  // namespace ipet::fuzz
