// Rows of traces in the published format: each rule by a row written by hand.
#include "stages/interchange/trace_row.hpp"

#include <gtest/gtest.h>

#include "stages/capture/byte_source.hpp"

namespace ipet::interchange {
namespace {

using traffic::Packet;
using traffic::Protocol;

const std::string header =
    "frame.number\tframe.time_relative\tip.src\tip.dst\tip.proto\ttcp.len\ttcp.stream\tudp.length\teth."
    "src\teth.dst";
const std::string macs = "\tf4:b8:5e:ff:2b:1b\t00:1c:7f:53:d0:28";

struct Read {
  RowKind kind;
  Packet packet;
  std::string problem;
};
Read read(const std::string& row, const std::string& columns = header, traffic::Nanoseconds start = 0) {
  TraceRows rows(columns, "x.csv", start);
  Read result{};
  result.kind = rows.read(row, result.packet);
  result.problem = rows.problem();
  return result;
}

std::string error_of(const std::string& columns) {
  try {
    TraceRows(columns, "x.csv", 0);
  } catch (const capture::CaptureError& error) {
    return error.what();
  }
  return "";
}

TEST(TraceRow, of_tcp_has_the_payload_that_tcp_len_gives) {
  const Read row = read("7\t1.250000001\t192.168.1.129\t52.1.2.3\t6\t517\t0\t" + macs);
  ASSERT_EQ(row.kind, RowKind::packet) << row.problem;
  EXPECT_EQ(row.packet.time, 1'250'000'001);
  EXPECT_EQ(row.packet.payload, 517U);
  EXPECT_EQ(row.packet.protocol, Protocol::tcp);
  EXPECT_EQ(row.packet.source.text(), "192.168.1.129");
  EXPECT_EQ(row.packet.destination.text(), "52.1.2.3");
  EXPECT_TRUE(row.packet.has_mac);
  EXPECT_EQ(row.packet.source_mac.text(), "f4:b8:5e:ff:2b:1b");
  EXPECT_EQ(row.packet.destination_mac.text(), "00:1c:7f:53:d0:28");
}

TEST(TraceRow, of_udp_has_eight_bytes_less_than_udp_length) {
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t48" + macs).packet.payload, 40U);
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t8" + macs).packet.payload, 0U);
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t5" + macs).packet.payload, 0U);
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t48" + macs).packet.protocol, Protocol::udp);
}

TEST(TraceRow, time_counts_from_the_start) {
  const std::string row = "1\t0.5\t192.168.1.1\t8.8.8.8\t17\t\t\t48" + macs;
  EXPECT_EQ(read(row, header, 10 * traffic::second).packet.time, 10'500'000'000);
  EXPECT_EQ(read("1\t-0.5" + row.substr(5), header, 10 * traffic::second).packet.time, 9'500'000'000);
}

TEST(TraceRow, absolute_time_wins_over_relative_time_and_start) {
  const std::string columns = header + "\tframe.time_epoch";
  const std::string row = "1\t0.5\t192.168.1.1\t8.8.8.8\t17\t\t\t48" + macs;
  EXPECT_EQ(read(row + "\t1615216935.831389000", columns, 77).packet.time, 1'615'216'935'831'389'000);
  EXPECT_EQ(read(row + "\t", columns, 77).packet.time, 500'000'077);
}

TEST(TraceRow, of_another_protocol_is_no_packet) {
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t1\t\t\t" + macs).kind, RowKind::other);
  EXPECT_EQ(read("1\t0\t\t\t\t\t\t" + macs).kind, RowKind::other);  // ARP
}

TEST(TraceRow, of_an_icmp_error_is_no_packet_though_it_quotes_one) {
  EXPECT_EQ(read("1\t0\t1.1.1.1,10.0.0.2\t10.0.0.2,8.8.8.8\t1,17\t\t\t48" + macs).kind, RowKind::other);
}

TEST(TraceRow, without_a_length_is_told_apart) {
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t" + macs).kind, RowKind::without_length);
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t6\t\t\t48" + macs).kind, RowKind::without_length);
}

TEST(TraceRow, transport_len_stands_in_for_a_missing_length_only) {
  const std::string columns = header + "\ttransport.len";
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t" + macs + "\t40", columns).packet.payload, 40U);
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t48" + macs + "\t99", columns).packet.payload, 40U);
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs + "\t99", columns).packet.payload, 12U);
}

TEST(TraceRow, takes_the_first_of_several_values_and_counts) {
  TraceRows rows(header, "x.csv", 0);
  Packet packet;
  ASSERT_EQ(rows.read("1\t0\t192.168.1.1,10.0.0.1\t8.8.8.8,10.0.0.2\t17,6\t99\t0\t148,20" + macs, packet),
            RowKind::packet);
  EXPECT_EQ(packet.source.text(), "192.168.1.1");
  EXPECT_EQ(packet.destination.text(), "8.8.8.8");
  EXPECT_EQ(packet.payload, 140U);
  ASSERT_EQ(rows.read("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t48" + macs, packet), RowKind::packet);
  EXPECT_EQ(rows.several_values(), 1U);
}

TEST(TraceRow, may_quote_cells_and_separate_them_by_commas) {
  const std::string columns =
      "\"udp.length\",\"ip.dst\",\"ip.src\",\"ip.proto\",\"tcp.len\",\"frame.time_relative\",\"eth.dst\","
      "\"eth.src\"";
  const Read row = read(R"("48","8.8.8.8","192.168.1.1,10.0.0.1","17","","2.5","","")", columns);
  ASSERT_EQ(row.kind, RowKind::packet) << row.problem;
  EXPECT_EQ(row.packet.source.text(), "192.168.1.1");
  EXPECT_EQ(row.packet.time, 2'500'000'000);
  EXPECT_EQ(row.packet.payload, 40U);
  EXPECT_FALSE(row.packet.has_mac);
}

TEST(TraceRow, of_ipv6_is_told_by_the_length_that_it_has) {
  const Read tcp = read("1\t0\tfd00::2\t2001:db8::1\t\t12\t0\t" + macs);
  ASSERT_EQ(tcp.kind, RowKind::packet) << tcp.problem;
  EXPECT_EQ(tcp.packet.protocol, Protocol::tcp);
  EXPECT_EQ(tcp.packet.source.text(), "fd00::2");
  EXPECT_EQ(read("1\t0\tfd00::2\t2001:db8::1\t\t\t\t20" + macs).packet.protocol, Protocol::udp);
  EXPECT_EQ(read("1\t0\tfd00::2\t2001:db8::1\t\t\t\t" + macs).kind, RowKind::other);
}

TEST(TraceRow, of_ipv6_takes_the_columns_of_tshark) {
  const std::string columns = header + "\tipv6.src\tipv6.dst\tipv6.nxt";
  const std::string begin = "1\t0\t\t\t\t\t\t20" + macs;
  const Read udp = read(begin + "\tfd00::2\t2001:db8::1\t17", columns);
  ASSERT_EQ(udp.kind, RowKind::packet) << udp.problem;
  EXPECT_EQ(udp.packet.destination.text(), "2001:db8::1");
  EXPECT_EQ(udp.packet.payload, 12U);
  EXPECT_EQ(read(begin + "\tfd00::2\t2001:db8::1\t0", columns).kind,
            RowKind::packet);  // hop by hop, then UDP
  // An ICMPv6 error that quotes a datagram.
  EXPECT_EQ(read(begin + "\tfd00::2,fd00::1\tfd00::1,2001:db8::1\t58,17", columns).kind, RowKind::other);
}

TEST(TraceRow, of_ipv6_without_its_columns_is_told_apart) {
  EXPECT_EQ(read("1\t0\t\t\t\t12\t0\t" + macs).kind, RowKind::without_address);
}

TEST(TraceRow, names_what_is_wrong_with_it) {
  const auto problem = [](const std::string& row) {
    const Read result = read(row);
    EXPECT_EQ(result.kind, RowKind::bad) << row;
    return result.problem;
  };
  EXPECT_EQ(
      problem("1\t1,5\t192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs),
      "frame.time_relative: '1,5' is not a number of seconds: a decimal comma; write decimals with a point");
  EXPECT_EQ(problem("1\t\t192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs),
            "frame.time_relative: '' is not a number of seconds");
  EXPECT_EQ(problem("1\t0\t192.168.1\t8.8.8.8\t6\t12\t0\t" + macs),
            "ip.src: '192.168.1' is not an IP address");
  EXPECT_EQ(problem("1\t0\t192.168.1.1\t\t6\t12\t0\t" + macs), "ip.dst: '' is not an IP address");
  EXPECT_EQ(problem("1\t0\t192.168.1.1\t8.8.8.8\ttcp\t12\t0\t" + macs),
            "ip.proto: 'tcp' is not a protocol number");
  EXPECT_EQ(problem("1\t0\t192.168.1.1\t8.8.8.8\t6\t12x\t0\t" + macs),
            "tcp.len: '12x' is not a number of bytes");
  EXPECT_EQ(problem("1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t-8" + macs),
            "udp.length: '-8' is not a number of bytes");
  EXPECT_EQ(problem("1\t0\t192.168.1.1\t8.8.8.8\t6\t99999999999\t0\t" + macs),
            "tcp.len: '99999999999' is not a number of bytes");
  EXPECT_EQ(problem("1\t0\t192.168.1.1\t8.8.8.8\t6\t12\t0\t\tf4:b8:5e:ff:2b\t00:1c:7f:53:d0:28"),
            "eth.src: 'f4:b8:5e:ff:2b' is not a MAC address");
  EXPECT_EQ(problem("1\t0\t192.168.1.1"), "cells: 3, columns: 10");
  EXPECT_EQ(problem("1\t0\t\"192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs), "a quoted cell does not end");
  EXPECT_EQ(problem("1\t9223372036\t192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs),
            "frame.time_relative: '9223372036' is not a number of seconds");
  EXPECT_EQ(problem("1\t-9000000000\t192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs),
            "frame.time_relative: '-9000000000' is before 1969 or after 2255");
  EXPECT_EQ(problem("1\t0\t" + std::string(300, 'a') + "\t8.8.8.8\t6\t12\t0\t" + macs),
            "ip.src: '" + std::string(54, 'a') + " ... " + std::string(26, 'a') + "' is not an IP address");
}

// Found by fuzzing: what a cell holds went to the terminal as it was.
TEST(TraceRow, shows_no_control_characters_and_no_bytes_that_are_no_text) {
  EXPECT_EQ(read("1\t0\t\x1b[31mred\t8.8.8.8\t6\t12\t0\t" + macs).problem,
            "ip.src: '\\x1b[31mred' is not an IP address");
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t6\t12\t0\t\tcaf\xe9\t00:1c:7f:53:d0:28").problem,
            "eth.src: 'caf\\xe9' is not a MAC address");
}

TEST(TraceRow, names_numbers_in_other_notations_for_what_they_are) {
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t0x06\t12\t0\t" + macs).problem,
            "ip.proto: '0x06' is not a protocol number: hexadecimal; write it in decimal digits");
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t6\t0X10\t0\t" + macs).problem,
            "tcp.len: '0X10' is not a number of bytes: hexadecimal; write it in decimal digits");
  for (const char* text : {"6.5", "6.", "6.0x", ".0", "6.0.0", "6e0"}) {
    const Read row = read("1\t0\t192.168.1.1\t8.8.8.8\t" + std::string(text) + "\t12\t0\t" + macs);
    EXPECT_EQ(row.problem, "ip.proto: '" + std::string(text) + "' is not a protocol number");
  }
}

TEST(TraceRow, takes_whole_numbers_that_pandas_saved_as_decimals) {
  const Read tcp = read("1\t0\t192.168.1.1\t8.8.8.8\t6.0\t100.0\t0.0\t" + macs);
  ASSERT_EQ(tcp.kind, RowKind::packet) << tcp.problem;
  EXPECT_EQ(tcp.packet.payload, 100U);
  EXPECT_EQ(tcp.packet.protocol, Protocol::tcp);
  EXPECT_EQ(read("1\t0\t192.168.1.1\t8.8.8.8\t17.000\t\t\t48.0" + macs).packet.payload, 40U);
}

TEST(TraceRow, absolute_time_may_be_iso_8601) {
  const std::string columns = header + "\tframe.time_epoch",
                    row = "1\t0\t192.168.1.1\t8.8.8.8\t17\t\t\t48" + macs;
  // date -u -d 2023-11-14T22:13:20Z +%s
  EXPECT_EQ(read(row + "\t2023-11-14T22:13:20.500000000Z", columns).packet.time, 1'700'000'000'500'000'000);
  EXPECT_EQ(read(row + "\t2023-11-14 23:13:20.5+01:00", columns).packet.time, 1'700'000'000'500'000'000);
  EXPECT_EQ(read(row + "\tyesterday", columns).problem, "frame.time_epoch: 'yesterday' is not a time");
}

TEST(TraceRow, times_whose_difference_would_not_fit_are_bad) {
  const auto kind = [](const char* time) {
    return read(std::string("1\t") + time + "\t192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs).kind;
  };
  EXPECT_EQ(kind("9000000000"), RowKind::packet);
  EXPECT_EQ(kind("9000000000.000000001"), RowKind::bad);
  EXPECT_EQ(kind("-31536000"), RowKind::packet);
  EXPECT_EQ(kind("-31536000.000000001"), RowKind::bad);
}

TEST(TraceRow, time_beyond_the_range_is_bad_also_when_the_start_moves_it_there) {
  EXPECT_EQ(
      read("1\t9000000000\t192.168.1.1\t8.8.8.8\t6\t12\t0\t" + macs, header, 9'000'000'000 * traffic::second)
          .kind,
      RowKind::bad);
}

TEST(TraceHeader, names_all_missing_columns_in_one_error) {
  EXPECT_EQ(
      error_of("frame.number\tframe.time_relative\tip.src\tip.dst\tip.proto\ttcp.len\teth.src\teth.dst"),
      "x.csv: no column udp.length in its first line: not a trace in the published format");
  EXPECT_EQ(error_of("a,b"),
            "x.csv: no column frame.time_relative (or frame.time_epoch), ip.src, ip.dst, ip.proto, tcp.len, "
            "udp.length, eth.src, eth.dst in its first line: not a trace in the published format");
  EXPECT_NE(error_of(""), "");
}

TEST(TraceHeader, may_have_any_order_a_byte_order_mark_and_columns_that_nobody_reads) {
  EXPECT_EQ(error_of("\xEF\xBB\xBF" + header + "\tdns.qry.name"), "");
  EXPECT_EQ(error_of("frame.time_epoch,ip.dst,ip.src,ip.proto,udp.length,tcp.len,eth.dst,eth.src"), "");
}

TEST(TraceHeader, refuses_a_column_that_comes_twice) {
  EXPECT_EQ(error_of(header + "\tip.src"), "x.csv: two columns ip.src");
}

}  // namespace
}  // namespace ipet::interchange
