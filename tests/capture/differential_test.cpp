// Random frames, whole, cut short and with wrong bytes: what the short cut of blocks, decode() and libtins
// make of them.
//
// The short cut and decode() have to agree on everything. decode() and libtins have to agree on every TCP or
// UDP packet that both see: addresses, ports, protocol, payload by the length fields. Where only one of them
// sees a packet, it has to be one of these:
//
// - We only, libtins throws, and the frame is not an ordinary one: libtins wants options that make sense,
//   and whole headers, where we need no more than the fields that we use.
// - We only, a first fragment: libtins leaves all fragments as they are, we take what the header says.
// - We only, IP behind an 802.3 length and a SNAP header, where the length makes libtins leave bytes out.
// - Libtins only, a header that contradicts itself: a version that is not that of the EtherType, an IP length
//   that is less than the headers or more than the frame, a UDP length that is more than the IP packet holds
//   (but in a first fragment), a TCP header of less than 20 bytes.
//
// IPv6 packets with an authentication header are left out: its length counts four bytes (RFC 4302), libtins
// takes eight. So are those with encrypted payload (50) or "no next header" (59), where libtins reads on, and
// with extension headers 139 and 140 (host identity, shim6), which it does not know.
//
// $IPET_FUZZ_SEED repeats a run; $IPET_FUZZ_FRAMES makes it longer.
#include <cstdlib>
#include <map>
#include <optional>
#include <random>

#include <gtest/gtest.h>
#include <tins/tins.h>

#include "stages/capture/decode.hpp"
#include "stages/capture/record_block.hpp"
#include "stages/traffic/random.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using capture::Frame;
using capture::Outcome;
using traffic::Packet;
using traffic::Random;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint32_t number(Random& random, std::uint64_t below) {
  return static_cast<std::uint32_t>(random.below(below));
}
bool one_in(Random& random, std::uint64_t n) {
  return random.below(n) == 0;
}

Bytes random_payload(Random& random) {
  Bytes bytes(one_in(random, 3) ? 0 : random.below(200));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

Bytes transport(Random& random, std::uint8_t& protocol) {
  const Bytes content = random_payload(random);
  if (protocol == 0) protocol = one_in(random, 2) ? 6 : 17;
  if (protocol == 6) return tcp_header(4 * number(random, 3)) + content;
  return udp_header(static_cast<std::uint32_t>(8 + content.size())) + content;
}

/// IPv6 extension headers of all kinds before the transport; `next` becomes the number of the first one.
Bytes extensions(Random& random, std::uint8_t& next, Bytes content) {
  static constexpr std::uint8_t kinds[] = {0, 43, 44, 51, 60, 135, 139, 140};
  for (std::uint32_t i = number(random, 4); i > 0; --i) {
    const std::uint8_t kind = kinds[random.below(std::size(kinds))];
    Bytes header;
    if (kind == 44)
      header = Bytes{next, 0} + be16(one_in(random, 2) ? 0 : number(random, 1 << 16)) + be32(7);
    else if (kind == 51)
      header = Bytes{next, 1} + Bytes(10, 0);
    else
      header = one_in(random, 2) ? Bytes{next, 0, 1, 4, 0, 0, 0, 0} : Bytes{next, 1, 1, 12} + Bytes(12, 0);
    content = header + content;
    next = kind;
  }
  return content;
}

/// `ordinary` becomes false where libtins may have reason to throw.
Bytes network(Random& random, std::uint32_t& type, bool& ordinary) {
  std::uint8_t protocol = 0;
  if (one_in(random, 12)) {
    protocol = static_cast<std::uint8_t>(random.below(256));
    ordinary = false;
  }
  Bytes content = transport(random, protocol);
  if (one_in(random, 3)) {
    type = 0x86dd;
    content = extensions(random, protocol, content);
    ordinary = ordinary && (protocol == 6 || protocol == 17);
    return ipv6(protocol, content);
  }
  type = 0x0800;
  const std::uint32_t fragment = one_in(random, 5) ? number(random, 1 << 16) : one_in(random, 2) ? 0x4000 : 0;
  const int total = one_in(random, 20) ? static_cast<int>(random.below(300)) : -1;
  ordinary = ordinary && total < 0;
  return ipv4(protocol, content, one_in(random, 3) ? 4 * number(random, 11) : 0, fragment, total);
}

Bytes valid_frame(Random& random, bool& ordinary) {
  std::uint32_t type = 0;
  Bytes content = network(random, type, ordinary);
  for (std::uint32_t tags = number(random, 4); tags > 1; --tags) {
    content = be16(number(random, 1 << 16)) + be16(type) + content;
    static constexpr std::uint32_t kinds[] = {0x8100, 0x8100, 0x88a8, 0x9100};
    type = kinds[random.below(4)];
  }
  if (one_in(random, 30)) {
    content = Bytes{0xaa, 0xaa, 3, 0, 0, 0} + be16(type) + content;
    type = static_cast<std::uint32_t>(content.size());
  }
  if (one_in(random, 8)) content = content + Bytes(random.below(50), 0);  // padding
  return ethernet(type, content);
}

Bytes mutated(Random& random, Bytes frame) {
  if (one_in(random, 2)) return frame;
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    const std::size_t reach = one_in(random, 3) ? frame.size() : std::min<std::size_t>(frame.size(), 60);
    std::uint8_t& byte = frame[random.below(reach)];
    byte = one_in(random, 2) ? static_cast<std::uint8_t>(random.below(256))
                             : static_cast<std::uint8_t>(byte ^ (1U << random.below(8)));
  }
  if (one_in(random, 3)) frame.resize(random.below(frame.size() + 1));
  return frame;
}

Frame frame_of(const Bytes& bytes, std::uint32_t original) {
  Frame frame;
  frame.data = bytes.data();
  frame.captured = static_cast<std::uint32_t>(bytes.size());
  frame.original = original;
  return frame;
}

/// What libtins says of a frame.
struct Theirs {
  std::optional<Packet> packet;
  bool threw = false, fragment = false, contradiction = false, no_length = false, rare = false;
  bool more_fragments = false;
  std::optional<std::uint32_t> ipv6;  ///< where its header begins
};

/// Steps over Ethernet and VLAN tags to the network layer; none when something else comes first.
const Tins::PDU* network_layer(const Tins::PDU& frame, Theirs& theirs) {
  const Tins::PDU* at = &frame;
  while (at != nullptr) {
    switch (at->pdu_type()) {
      case Tins::PDU::IP:
      case Tins::PDU::IPv6:
        return at;
      case Tins::PDU::ETHERNET_II:
      case Tins::PDU::DOT1Q:
        break;
      default:  // 802.3, LLC, SNAP
        theirs.rare = true;
    }
    at = at->inner_pdu();
  }
  return nullptr;
}

void transport_layer(const Tins::PDU& layer, std::uint32_t length, Theirs& theirs, Packet& packet) {
  const Tins::PDU* inner = layer.inner_pdu();
  if (inner == nullptr) return;
  if (inner->pdu_type() == Tins::PDU::TCP) {
    const auto& tcp = static_cast<const Tins::TCP&>(*inner);
    packet.protocol = traffic::Protocol::tcp;
    packet.source_port = tcp.sport();
    packet.destination_port = tcp.dport();
    const std::uint32_t header = tcp.data_offset() * 4u;
    if (header < 20) theirs.contradiction = true;
    packet.payload = length > header ? length - header : 0;
  } else if (inner->pdu_type() == Tins::PDU::UDP) {
    const auto& udp = static_cast<const Tins::UDP&>(*inner);
    packet.protocol = traffic::Protocol::udp;
    packet.source_port = udp.sport();
    packet.destination_port = udp.dport();
    const std::uint32_t datagram = udp.length() == 0 && theirs.no_length ? length : udp.length();
    if (datagram > length && !theirs.more_fragments) theirs.contradiction = true;
    packet.payload = datagram > 8 ? datagram - 8 : 0;
  } else {
    return;
  }
  theirs.packet = packet;
}

/// `wire`: bytes on the wire from the IP header on, for packets without a length.
void ip_layer(const Tins::IP& ip, std::uint32_t wire, Theirs& theirs, Packet& packet) {
  const std::uint32_t source = ip.src_addr(), destination = ip.dst_addr();
  packet.source = traffic::IpAddress::v4(reinterpret_cast<const std::uint8_t*>(&source));
  packet.destination = traffic::IpAddress::v4(reinterpret_cast<const std::uint8_t*>(&destination));
  theirs.no_length = ip.tot_len() == 0;
  const std::uint32_t total = theirs.no_length ? wire : ip.tot_len(), header = ip.head_len() * 4u;
  theirs.fragment = ip.is_fragmented();
  theirs.more_fragments = (ip.flags() & Tins::IP::MORE_FRAGMENTS) != 0;
  theirs.contradiction = ip.version() != 4 || header < 20 || total < header || total > wire;
  transport_layer(ip, theirs.contradiction ? 0 : total - header, theirs, packet);
}

void ip_layer(const Tins::IPv6& ip, std::uint32_t wire, Theirs& theirs, Packet& packet) {
  ip.src_addr().copy(packet.source.bytes.begin());
  ip.dst_addr().copy(packet.destination.bytes.begin());
  theirs.no_length = ip.payload_length() == 0;
  std::uint32_t headers = 40;
  for (const Tins::IPv6::ext_header& header : ip.headers()) {
    // Its option() names the header that follows, or the header itself, depending on the version; sizes do
    // not.
    headers += static_cast<std::uint32_t>(
        header.length_field() == 0 && header.data_size() <= 6 ? 8 : header.data_size() + 2);
  }
  const auto* fragment = ip.search_header(Tins::IPv6::FRAGMENT);
  theirs.fragment = fragment != nullptr;
  theirs.more_fragments = theirs.fragment && fragment->data_size() >= 2 && (fragment->data_ptr()[1] & 1) != 0;
  const std::uint32_t total = theirs.no_length ? wire : 40u + ip.payload_length();
  theirs.contradiction = ip.version() != 6 || total < headers || total > wire;
  transport_layer(ip, theirs.contradiction ? 0 : total - headers, theirs, packet);
}

Theirs libtins(const Bytes& frame, std::uint32_t original) {
  Theirs theirs;
  Packet packet;
  try {
    const Tins::EthernetII ethernet(frame.data(), static_cast<std::uint32_t>(frame.size()));
    ethernet.src_addr().copy(packet.source_mac.bytes.begin());
    ethernet.dst_addr().copy(packet.destination_mac.bytes.begin());
    packet.has_mac = true;
    const Tins::PDU* layer = network_layer(ethernet, theirs);
    if (layer == nullptr) return theirs;
    std::uint32_t before = 0;
    for (const Tins::PDU* at = &ethernet; at != layer; at = at->inner_pdu()) before += at->header_size();
    if (layer->pdu_type() == Tins::PDU::IP)
      ip_layer(static_cast<const Tins::IP&>(*layer), original - before, theirs, packet);
    else
      ip_layer(static_cast<const Tins::IPv6&>(*layer), original - *(theirs.ipv6 = before), theirs, packet);
  } catch (const std::exception&) {
    theirs.threw = true;
    theirs.packet.reset();
  }
  return theirs;
}

/// Encapsulated payload, authentication, "no next header", host identity or shim6 in the chain of headers
/// that begins at the IPv6 header at `ip`.
bool misread_by_libtins(const Bytes& frame, std::size_t ip) {
  std::uint8_t next = frame[ip + 6];
  for (std::size_t at = ip + 40; at + 8 <= frame.size();) {
    if (next == 50 || next == 51 || next == 59 || next == 139 || next == 140) return true;
    const bool known = next == 0 || next == 43 || next == 44 || next == 60 || next == 135;
    if (!known) return false;
    const std::size_t size = next == 44 ? 8 : (frame[at + 1] + 1u) * 8;
    next = frame[at];
    at += size;
  }
  return next == 50 || next == 51 || next == 59 || next == 139 || next == 140;
}

std::string text(const Bytes& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string text(const Packet& p) {
  return p.source_mac.text() + " " + p.destination_mac.text() + " " + p.source.text() + ":" +
         std::to_string(p.source_port) + " " + p.destination.text() + ":" +
         std::to_string(p.destination_port) + (p.protocol == traffic::Protocol::tcp ? " tcp " : " udp ") +
         std::to_string(p.payload) + (p.has_mac ? " mac" : "");
}

const char* text(Outcome outcome) {
  static constexpr const char* names[] = {"packet",    "other",       "fragment",
                                          "encrypted", "undecodable", "unsupported"};
  return names[static_cast<int>(outcome)];
}

struct Made {
  Bytes frame;
  std::uint32_t original = 0;
  bool ordinary = false;  ///< nothing rare, changed or cut away
};

/// Why decode() saw a packet where libtins saw none; empty when there is no good reason.
std::string why_ours_only(const Made& made, const Theirs& theirs) {
  if (theirs.threw && !made.ordinary) return "libtins throws";
  if (theirs.fragment) return "first fragment";
  if (theirs.rare) return "SNAP";
  return {};
}

std::vector<Made> make_frames(Random& random, std::size_t count) {
  std::vector<Made> made(count);
  for (Made& each : made) {
    bool ordinary = true;
    const Bytes whole = valid_frame(random, ordinary);
    each.frame = mutated(random, whole);
    each.ordinary = ordinary && each.frame == whole;
    each.original = static_cast<std::uint32_t>(std::max(whole.size(), each.frame.size()));
  }
  return made;
}

/// The outcome of every frame by the short cut, and the packets: a block for each, as a block does not tell
/// which frames gave its packets.
std::pair<Outcome, Packet> by_block(const Made& made) {
  const Bytes record = pcap_record(0, 0, made.frame, made.original);
  capture::RecordBlock block;
  block.data = std::make_unique<std::uint8_t[]>(record.size());
  std::copy(record.begin(), record.end(), block.data.get());
  block.size = record.size();
  block.records = 1;
  capture::DecodedBlock decoded;
  capture::decode_block(block, decoded);
  EXPECT_EQ(decoded.frames, 1U);
  EXPECT_EQ(decoded.packets.size() + decoded.other_protocols + decoded.fragments + decoded.undecodable, 1U);
  if (!decoded.packets.empty()) return {Outcome::packet, decoded.packets.front()};
  return {decoded.other_protocols > 0 ? Outcome::other
          : decoded.fragments > 0     ? Outcome::fragment
                                      : Outcome::undecodable,
          {}};
}

class Differential : public testing::Test {
 protected:
  void SetUp() override {
    seed_ = from_environment("IPET_FUZZ_SEED", std::random_device{}());
    std::printf("IPET_FUZZ_SEED=%llu\n", static_cast<unsigned long long>(seed_));
  }
  std::uint64_t seed_ = 0;
};

TEST_F(Differential, TheShortCutGivesWhatDecodeGives) {
  Random random(seed_);
  std::map<std::string, int> seen;
  const std::uint64_t frames = from_environment("IPET_FUZZ_FRAMES", 30'000);
  for (std::uint64_t i = 0; i < frames; i += 1000) {
    for (const Made& made : make_frames(random, 1000)) {
      Packet packet;
      const Outcome outcome = capture::decode(frame_of(made.frame, made.original), packet);
      const auto [short_outcome, short_packet] = by_block(made);
      ASSERT_STREQ(text(short_outcome), text(outcome)) << text(made.frame);
      ASSERT_EQ(text(short_packet), text(outcome == Outcome::packet ? packet : Packet{})) << text(made.frame);
      ++seen[text(outcome)];
    }
  }
  for (const char* outcome : {"packet", "other", "fragment", "undecodable"})
    EXPECT_GT(seen[outcome], 100) << outcome << " is hardly tested";
}

TEST_F(Differential, LibtinsSeesTheSamePackets) {
  Random random(seed_);
  std::map<std::string, int> seen;
  const std::uint64_t frames = from_environment("IPET_FUZZ_FRAMES", 30'000);
  for (std::uint64_t i = 0; i < frames; i += 1000) {
    for (const Made& made : make_frames(random, 1000)) {
      Packet ours;
      const Outcome outcome = capture::decode(frame_of(made.frame, made.original), ours);
      const Theirs theirs = libtins(made.frame, made.original);
      if (theirs.ipv6 && misread_by_libtins(made.frame, *theirs.ipv6)) {
        ++seen["extension headers that libtins misreads"];
      } else if (outcome == Outcome::packet && theirs.packet) {
        ASSERT_EQ(text(ours), text(*theirs.packet)) << text(made.frame);
        ++seen["both"];
      } else if (outcome == Outcome::packet) {
        const std::string why = why_ours_only(made, theirs);
        ASSERT_NE(why, "") << "libtins sees no packet, we " << text(ours) << " in " << text(made.frame);
        ++seen["ours only: " + why];
      } else if (theirs.packet) {
        ASSERT_TRUE(theirs.contradiction)
            << text(outcome) << ", libtins sees " << text(*theirs.packet) << " in " << text(made.frame);
        ++seen["libtins only: contradiction"];
      } else {
        ++seen["none"];
      }
    }
  }
  for (const auto& [what, count] : seen) std::printf("%8d %s\n", count, what.c_str());
  EXPECT_GT(seen["both"], static_cast<int>(frames / 3));
}

}  // namespace
