// Rows of a trace in the published format (stages/interchange/README.md), as tshark makes them:
//
//   tshark -r FILE -o ip.defragment:FALSE -o ipv6.defragment:FALSE -T fields -E header=y -E separator=/t
//     -e frame.number -e frame.time_relative -e ip.src -e ip.dst -e ip.proto -e tcp.len -e tcp.stream
//     -e udp.length -e eth.src -e eth.dst
//
// Columns go by name and in any order; those that no rule below reads (frame.number, tcp.stream, any other)
// may be there or not.
//  frame.time_relative  seconds since the trace's start; or frame.time_epoch, which wins: seconds since the
//  epoch,
//                       or ISO 8601 ("2023-11-14T22:13:20.5Z") as newer versions of tshark print
//  ip.src, ip.dst       IPv4 or IPv6. Where they are empty, the optional ipv6.src and ipv6.dst are taken; a
//                       trace of tshark without those columns has no IPv6
//  ip.proto             6 or 17; other protocols are ignored. IPv6 rows of tshark have none: there the length
//                       that is given tells, and the optional ipv6.nxt excludes packets quoted by ICMPv6
//  tcp.len, udp.length  payload of TCP; of UDP the datagram with its 8 header bytes. Where the one that
//                       belongs to the protocol is empty, the optional transport.len is taken as payload
//  eth.src, eth.dst     both may be empty (captures without a link layer)
// Whole numbers may have been saved as decimals ("6.0", by pandas). A cell may be quoted. Of several values
// in one cell ("10.0.0.1,192.168.1.5": tunnels) the first, that of the outer packet, counts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "stages/traffic/delimited.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::interchange {

enum class RowKind {
  packet,
  other,            ///< neither TCP nor UDP
  without_address,  ///< TCP or UDP, but no address: IPv6, and no columns for it
  without_length,   ///< TCP or UDP without a length: a later fragment, or its header was not captured
  bad               ///< see TraceRows::problem
};

class TraceRows {
 public:
  /// Reads the header line. Throws capture::CaptureError, "file: ...", when a needed column is missing or one
  /// comes twice. `start`: when frame.time_relative is 0.
  TraceRows(std::string_view header, const std::string& file, traffic::Nanoseconds start);

  /// Fills `packet` when the row is one.
  RowKind read(std::string_view line, traffic::Packet& packet);
  /// What is wrong with the row that was read last: "udp.length: '12x' is not a number of bytes".
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// Rows so far in which a cell that counts had several values.
  [[nodiscard]] std::uint64_t several_values() const { return several_; }

 private:
  enum Field : std::size_t {
    time_relative,
    time_epoch,
    ip_source,
    ip_destination,
    ip_protocol,
    tcp_length,
    udp_length,
    mac_source,
    mac_destination,
    ip6_source,
    ip6_destination,
    ip6_next,
    transport_length,
    fields
  };
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
  static const std::array<std::string_view, fields> names;

  void check_columns(const std::string& file) const;
  /// The cell as it is; empty where there is no such column.
  [[nodiscard]] std::string_view cell(Field field) const {
    return column_[field] == absent ? std::string_view() : cells_[column_[field]];
  }
  /// The first of its values.
  std::string_view first(Field field);
  RowKind bad(Field field, const std::string& text);

  RowKind read_protocol(traffic::Packet& packet);
  RowKind read_protocol_without_number(traffic::Packet& packet);
  RowKind read_length(traffic::Packet& packet);
  RowKind read_time(traffic::Packet& packet);
  RowKind read_addresses(traffic::Packet& packet);
  RowKind read_macs(traffic::Packet& packet);

  traffic::CellSplitter splitter_;
  std::array<std::size_t, fields> column_;
  std::size_t columns_ = 0;
  traffic::Nanoseconds start_;
  std::span<const std::string_view> cells_;
  bool several_here_ = false;
  std::uint64_t several_ = 0;
  std::string problem_;
};

}  // namespace ipet::interchange
