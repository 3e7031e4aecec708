// What comes to the sockets of a gateway: datagrams of the other end, questions for the counters.
#include <algorithm>
#include <array>

#include "stages/gateway/datagram.hpp"
#include "stages/gateway/http_request.hpp"
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

/// The first byte says in how large parts the rest comes. The verdict on a part is that on the whole.
void run_http(Bytes input) {
  Parts parts(input);
  const std::size_t step = std::size_t{parts.byte()} + 1;
  const std::string_view whole = text_of(parts.rest());
  const auto last = gateway::http_verdict(whole);
  require(last.has_value() || whole.size() < gateway::longest_request + 4, "a request without a bound");
  for (std::size_t size = 0; size < whole.size(); size += step)
    if (const auto verdict = gateway::http_verdict(whole.substr(0, size)))
      require(last && verdict->status == last->status && verdict->head_only == last->head_only,
              "more bytes change what is answered");
  if (last) require(gateway::reason_phrase(last->status) != "Internal Server Error", "an answer without a name");
}

}  // namespace

std::vector<Target> gateway_targets() {
  return {{"datagram",
           "a datagram between gateway and relay, and the requests in it",
           2048,
           "",
           {"stages/gateway/datagram."},
           run_datagram},
          {"http",
           "a question for the counters, as its bytes come",
           9000,
           "",
           {"stages/gateway/http_request."},
           run_http}};
}

}  // namespace ipet::fuzz
