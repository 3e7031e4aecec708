#include "stages/traffic/home.hpp"

#include <cstring>
#include <tuple>

namespace ipet::traffic {

namespace {

/// What was seen of a MAC in packets that cross the gateway: bits.
enum Evidence : std::uint8_t { sent_out = 1, received_out = 2, sent_in = 4, received_in = 8 };

constexpr unsigned subnet_bits = 64;  // of every IPv6 network that hosts are in (RFC 4291 section 2.5.4)
constexpr MacAddress unknown_mac{};

bool same_subnet(const Packet& packet) {
  return std::memcmp(packet.source.bytes.data(), packet.destination.bytes.data(), subnet_bits / 8) == 0;
}

}  // namespace

std::size_t Home::AddressHash::operator()(const IpAddress& address) const noexcept {
  std::uint64_t words[2];
  std::memcpy(words, address.bytes.data(), sizeof words);
  const std::uint64_t mixed = (words[0] * 0xC2B2AE3D27D4EB4FULL) ^ words[1];
  return (mixed ^ (mixed >> 32)) * 0x9E3779B97F4A7C15ULL;
}

bool Home::ByEnds::operator()(const Packet& a, const Packet& b) const {
  const auto ends = [](const Packet& p) {
    return std::tie(p.source_mac, p.destination_mac, p.source, p.destination);
  };
  return ends(a) < ends(b);
}

Home::Home(const LocalNetworks& given, std::set<MacAddress> declared, bool find_networks)
    : networks_(given), declared_(std::move(declared)), find_networks_(find_networks) {}

Home::Role Home::role(const MacAddress& mac) const {
  if (mac == unknown_mac) return Role::none;
  const auto known = evidence_.find(mac);
  const unsigned seen = known == evidence_.end() ? 0 : known->second;
  const bool leaves = (seen & sent_out) != 0, forwards = (seen & received_out) != 0;
  if (leaves && forwards) return Role::none;
  if (leaves || forwards) return leaves ? Role::device : Role::router;
  if (declared_.contains(mac)) return Role::device;
  const bool gets = (seen & received_in) != 0, brings = (seen & sent_in) != 0;
  if (gets != brings) return gets ? Role::device : Role::router;
  return common_router_ == mac ? Role::router : Role::none;
}

bool Home::is_home_side(const MacAddress& own, const MacAddress& other) const {
  const Role mine = role(own), theirs = role(other);
  return (mine == Role::device && theirs != Role::device) || (theirs == Role::router && mine != Role::router);
}

Home::Seen Home::see(const Packet& packet) {
  const Course course = networks_.course(packet);
  if (course.way == Way::crossing) {
    const bool out = course.from_local;
    const bool news = note_roles(packet, out);
    return {course, (out && note_sender(packet)) || news};
  }
  const bool open = course.way == Way::outside && find_networks_ && packet.source.is_global_v6() &&
                    packet.destination.is_global_v6() && !same_subnet(packet);
  if (!open || !find_network(packet)) return {course, false};
  return {see(packet).course, true};  // now it crosses the gateway
}

bool Home::note_roles(const Packet& packet, bool out) {
  const bool sender = note(packet.source_mac, out ? sent_out : sent_in);
  return note(packet.destination_mac, out ? received_out : received_in) || sender;
}

bool Home::note(const MacAddress& mac, std::uint8_t evidence) {
  if (mac == unknown_mac) return false;
  auto known = evidence_.find(mac);
  if (known == evidence_.end()) {
    if (evidence_.size() >= most_macs) return false;
    known = evidence_.emplace(mac, std::uint8_t{0}).first;
  }
  if ((known->second & evidence) != 0) return false;
  const Role before = role(mac);
  known->second = static_cast<std::uint8_t>(known->second | evidence);
  const Role after = role(mac);
  return before != after && (has_open_ || before == Role::router || after == Role::router);
}

bool Home::note_sender(const Packet& packet) {
  if (packet.source_mac == unknown_mac) return false;
  const auto known = senders_.find(packet.source);
  if (known == senders_.end()) {
    if (senders_.size() >= most_addresses) return false;
    senders_.emplace(packet.source, packet.source_mac);
    return asked_;
  }
  // An address can go over to another device. Only where the link layer names no receiver does that matter.
  if (packet.has_mac || known->second == packet.source_mac) return false;
  known->second = packet.source_mac;
  return true;
}

bool Home::find_network(const Packet& packet) {
  const bool from = is_home_side(packet.source_mac, packet.destination_mac);
  const bool to = is_home_side(packet.destination_mac, packet.source_mac);
  if (from == to || found_.size() >= most_networks) {
    has_open_ = true;
    if (looking_ && open_.size() < most_open) open_.insert(packet);
    return false;
  }
  found_.push_back(Network::of(from ? packet.source : packet.destination, subnet_bits));
  networks_.add(found_.back());
  return true;
}

void Home::end_first_look() {
  if (!looking_) return;
  looking_ = false;
  retry_open();
  find_common_router();
  retry_open();
  open_.clear();
}

/// Until they tell nothing more: one packet's network can tell of the next one.
void Home::retry_open() {
  for (bool news = true; news;) {
    news = false;
    for (const Packet& packet : open_) news = see(packet).news || news;
    std::erase_if(open_, [&](const Packet& packet) { return networks_.course(packet).way != Way::outside; });
  }
}

void Home::find_common_router() {
  std::set<MacAddress> all, common;
  bool first = true;
  for (const Packet& packet : open_) {
    if (packet.source_mac == unknown_mac || packet.destination_mac == unknown_mac) continue;
    const std::set<MacAddress> ends = {packet.source_mac, packet.destination_mac};
    all.insert(ends.begin(), ends.end());
    if (first) common = ends;
    first = false;
    std::erase_if(common, [&](const MacAddress& mac) { return !ends.contains(mac); });
  }
  if (common.size() == 1 && all.size() > 2) common_router_ = *common.begin();
}

MacAddress Home::local_mac(const LocalEnd& local) {
  if (local.mac != unknown_mac && role(local.mac) != Role::router) return local.mac;
  asked_ = true;
  return sender_at(local.address);
}

MacAddress Home::sender_at(const IpAddress& address) const {
  const auto known = senders_.find(address);
  return known == senders_.end() ? unknown_mac : known->second;
}

}  // namespace ipet::traffic
