#include "stages/interchange/trace_row.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/printable.hpp"
#include "stages/capture/byte_source.hpp"
#include "stages/capture/frame.hpp"
#include "stages/interchange/decimal_time.hpp"
#include "stages/traffic/time_range.hpp"

namespace ipet::interchange {

namespace {

using traffic::Nanoseconds;
using traffic::Packet;
using traffic::Protocol;

constexpr std::uint32_t tcp = 6, udp = 17;
static_assert(traffic::latest_time / traffic::second == capture::latest_second);

/// Next headers of IPv6 after which TCP or UDP may follow (RFC 8200, RFC 4302, RFC 6275, RFC 7401, RFC 5533).
constexpr std::uint32_t ipv6_extensions[] = {0, 43, 44, 51, 60, 135, 139, 140};

/// A whole number, also as pandas saves one of a column in which a cell is empty: "6.0".
std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.empty()) return number;
  const bool is_whole = rest.size() > 1 && rest[0] == '.' && rest.find_first_not_of('0', 1) == rest.npos;
  return is_whole ? std::optional(number) : std::nullopt;
}

/// What else a cell may be that is no number; "" where nothing is known.
std::string known_as(std::string_view text) {
  const std::string_view rest = text.substr(
      text.find_first_not_of("0123456789") == text.npos ? text.size() : text.find_first_not_of("0123456789"));
  if (text.starts_with("0x") || text.starts_with("0X")) return ": hexadecimal; write it in decimal digits";
  if (rest.size() > 1 && rest.size() < text.size() && rest[0] == ',' &&
      rest.find_first_not_of("0123456789", 1) == rest.npos)
    return ": a decimal comma; write decimals with a point";
  return "";
}

/// A cell in an error message: not longer than a line.
std::string shown(std::string_view cell) {
  return "'" + text::shown(cell) + "'";
}

/// Time that can be added without overflow.
std::optional<Nanoseconds> sum(Nanoseconds a, Nanoseconds b) {
  Nanoseconds total = 0;
  if (__builtin_add_overflow(a, b, &total)) return std::nullopt;
  return total;
}

}  // namespace

const std::array<std::string_view, TraceRows::fields> TraceRows::names = {
    "frame.time_relative", "frame.time_epoch", "ip.src",  "ip.dst",   "ip.proto", "tcp.len",
    "udp.length",          "eth.src",          "eth.dst", "ipv6.src", "ipv6.dst", "ipv6.nxt",
    "transport.len"};

TraceRows::TraceRows(std::string_view header, const std::string& file, Nanoseconds start)
    : splitter_(traffic::separator_of(header)), start_(start) {
  column_.fill(absent);
  const auto cells = splitter_.split(traffic::without_mark(header));
  columns_ = cells ? cells->size() : 0;
  for (std::size_t i = 0; i < columns_; ++i) {
    const auto found = std::find(names.begin(), names.end(), traffic::trimmed((*cells)[i]));
    if (found == names.end()) continue;
    std::size_t& column = column_[static_cast<std::size_t>(found - names.begin())];
    if (column != absent) throw capture::CaptureError(file + ": two columns " + std::string(*found));
    column = i;
  }
  check_columns(file);
}

void TraceRows::check_columns(const std::string& file) const {
  std::vector<std::string_view> missing;
  if (column_[time_relative] == absent && column_[time_epoch] == absent)
    missing.emplace_back("frame.time_relative (or frame.time_epoch)");
  for (const Field field :
       {ip_source, ip_destination, ip_protocol, tcp_length, udp_length, mac_source, mac_destination})
    if (column_[field] == absent) missing.push_back(names[field]);
  if (!missing.empty())
    throw capture::CaptureError(file + ": no column " + text::joined(missing) +
                                " in its first line: not a trace in the published format");
}

std::string_view TraceRows::first(Field field) {
  const std::string_view all = cell(field);
  const std::size_t comma = all.find(',');
  if (comma == std::string_view::npos) return all;
  several_here_ = true;
  return all.substr(0, comma);
}

RowKind TraceRows::bad(Field field, const std::string& text) {
  problem_ = std::string(names[field]) + ": " + text;
  return RowKind::bad;
}

RowKind TraceRows::read(std::string_view line, Packet& packet) {
  const auto cells = splitter_.split(line);
  if (!cells || cells->size() != columns_) {
    problem_ = !cells ? "a quoted cell does not end"
                      : "cells: " + std::to_string(cells->size()) + ", columns: " + std::to_string(columns_);
    return RowKind::bad;
  }
  cells_ = *cells;
  several_here_ = false;
  packet = {};
  for (const auto step : {&TraceRows::read_protocol, &TraceRows::read_length, &TraceRows::read_time,
                          &TraceRows::read_addresses, &TraceRows::read_macs}) {
    const RowKind kind = (this->*step)(packet);
    if (kind != RowKind::packet) return kind;
  }
  several_ += several_here_ ? 1 : 0;
  return RowKind::packet;
}

RowKind TraceRows::read_protocol(Packet& packet) {
  constexpr std::string_view ipv4_in_ipv6 = "4";
  const std::string_view text = first(ip_protocol);
  if (text.empty()) return read_protocol_without_number(packet);
  if (first(ip6_next) == ipv4_in_ipv6) return RowKind::other;
  const auto number = number_of(text);
  if (!number || *number > 255)
    return bad(ip_protocol, shown(text) + " is not a protocol number" + known_as(text));
  if (*number != tcp && *number != udp) return RowKind::other;
  packet.protocol = static_cast<Protocol>(*number);
  return RowKind::packet;
}

RowKind TraceRows::read_protocol_without_number(Packet& packet) {
  if (cell(ip_source).empty() && cell(ip6_source).empty()) {
    const bool transport = !cell(tcp_length).empty() || !cell(udp_length).empty();
    return transport ? RowKind::without_address : RowKind::other;
  }
  const auto next = number_of(first(ip6_next));
  const bool known = next == tcp || next == udp;
  if (next && !known && std::ranges::find(ipv6_extensions, *next) == std::end(ipv6_extensions))
    return RowKind::other;
  if (cell(tcp_length).empty() && cell(udp_length).empty())
    return known ? RowKind::without_length : RowKind::other;
  const bool is_tcp = known ? next == tcp : cell(udp_length).empty();
  packet.protocol = is_tcp ? Protocol::tcp : Protocol::udp;
  return RowKind::packet;
}

RowKind TraceRows::read_length(Packet& packet) {
  constexpr std::uint32_t udp_header = 8;
  const bool is_udp = packet.protocol == Protocol::udp;
  Field field = is_udp ? udp_length : tcp_length;
  std::uint32_t header = is_udp ? udp_header : 0;
  std::string_view text = first(field);
  if (text.empty()) {
    field = transport_length;
    header = 0;
    text = first(field);
  }
  if (text.empty()) return RowKind::without_length;
  const auto length = number_of(text);
  if (!length) return bad(field, shown(text) + " is not a number of bytes" + known_as(cell(field)));
  packet.payload = *length > header ? *length - header : 0;
  return RowKind::packet;
}

RowKind TraceRows::read_time(Packet& packet) {
  const bool absolute = column_[time_epoch] != absent && !cell(time_epoch).empty();
  const Field field = absolute || column_[time_relative] == absent ? time_epoch : time_relative;
  const std::string_view text = cell(field);
  const auto seconds = absolute ? parse_time(text) : parse_seconds(text);
  const auto time = seconds ? sum(*seconds, absolute ? 0 : start_) : std::nullopt;
  if (!time)
    return bad(field,
               shown(text) + " is not " + (absolute ? "a time" : "a number of seconds") + known_as(text));
  if (!traffic::in_time_range(*time)) return bad(field, shown(text) + " is before 1969 or after 2255");
  packet.time = *time;
  return RowKind::packet;
}

RowKind TraceRows::read_addresses(Packet& packet) {
  const auto address = [this](Field v4, Field v6, traffic::IpAddress& out) {
    const Field field = cell(v4).empty() && column_[v6] != absent ? v6 : v4;
    const std::string_view text = first(field);
    const auto parsed = traffic::IpAddress::parse(text);
    if (!parsed) return bad(field, shown(text) + " is not an IP address");
    out = *parsed;
    return RowKind::packet;
  };
  const RowKind kind = address(ip_source, ip6_source, packet.source);
  return kind == RowKind::packet ? address(ip_destination, ip6_destination, packet.destination) : kind;
}

RowKind TraceRows::read_macs(Packet& packet) {
  const auto mac = [this](Field field, traffic::MacAddress& out) {
    const std::string_view text = first(field);
    if (text.empty()) return RowKind::packet;
    const auto parsed = traffic::MacAddress::parse(text);
    if (!parsed) return bad(field, shown(text) + " is not a MAC address");
    out = *parsed;
    return RowKind::packet;
  };
  packet.has_mac = !cell(mac_source).empty() && !cell(mac_destination).empty();
  const RowKind kind = mac(mac_source, packet.source_mac);
  return kind == RowKind::packet ? mac(mac_destination, packet.destination_mac) : kind;
}

}  // namespace ipet::interchange
