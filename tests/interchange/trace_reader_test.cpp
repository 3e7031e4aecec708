// Whole trace files: order, losses, compression, memory, and files that are none.
#include <gmock/gmock.h>
#include <malloc.h>
#include <zlib.h>

#include "stages/interchange/csv_reader.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::interchange {
namespace {

using capture::CaptureError;
using storage::test::Folder;
using testing::ElementsAre;
using traffic::Packet;
using traffic::second;

const std::string header =
    "frame.time_relative\tip.src\tip.dst\tip.proto\ttcp.len\tudp.length\teth.src\teth.dst\n";

std::string row(const std::string& time, const std::string& length = "10") {
  return time + "\t192.168.1.2\t8.8.8.8\t6\t" + length + "\t\t\t\n";
}

std::filesystem::path write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

struct All {
  std::vector<traffic::Nanoseconds> times;
  std::vector<std::string> losses;
  TraceStatistics statistics;
};
All read(const std::filesystem::path& file, std::size_t limit = 4096) {
  CsvReader reader(file, 0);
  All all;
  std::vector<Packet> packets;
  for (bool more = true; more;) {
    more = reader.next(limit, 600 * second, packets);
    EXPECT_LE(packets.size(), limit);
    for (const Packet& packet : packets) all.times.push_back(packet.time);
  }
  for (std::string text : reader.losses()) {
    const std::string name = file.string();
    if (text.starts_with(name)) text.replace(0, name.size(), "FILE");
    all.losses.push_back(text);
  }
  all.statistics = reader.statistics();
  return all;
}

std::string error_of(const std::filesystem::path& file) {
  try {
    CsvReader(file, 0);
  } catch (const CaptureError& error) {
    return std::string(error.what()).substr(file.string().size());
  }
  return "none";
}

TEST(CsvReader, puts_rows_in_time_order_as_captures_are) {
  const Folder folder;
  const All all =
      read(write(folder / "x.csv", header + row("0.5") + row("0.2") + row("3") + row("0.1") + row("4.5")));
  // 0.1 comes after 3 has shown that nothing older than 2 is expected: 0.2 and 0.5 are out by then.
  EXPECT_THAT(all.times, ElementsAre(200'000'000, 500'000'000, 500'000'000, 3 * second, 4'500'000'000));
  EXPECT_EQ(all.statistics.reordered, 1U);
  EXPECT_THAT(
      all.losses,
      ElementsAre("FILE: 1 packet more than a second out of order got the time of the newest packet before"));
}

TEST(CsvReader, gives_equal_times_in_the_order_of_the_file) {
  const Folder folder;
  CsvReader reader(write(folder / "x.csv", header + row("1", "1") + row("1", "2") + row("1", "3")),
                   5 * second);
  std::vector<Packet> packets;
  EXPECT_FALSE(reader.next(100, second, packets));
  ASSERT_EQ(packets.size(), 3U);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(packets[i].payload, i + 1);
  EXPECT_EQ(packets[0].time, 6 * second);
}

TEST(CsvReader, ends_a_batch_at_its_limit_and_at_its_span) {
  const Folder folder;
  CsvReader reader(
      write(folder / "x.csv", header + row("0") + row("1") + row("9.999") + row("10") + row("11")), 0);
  std::vector<Packet> packets;
  EXPECT_TRUE(reader.next(2, 10 * second, packets));
  EXPECT_EQ(packets.size(), 2U);
  EXPECT_TRUE(reader.next(100, second, packets));
  EXPECT_EQ(packets.size(), 2U);
  EXPECT_FALSE(reader.next(100, 10 * second, packets));
  EXPECT_EQ(packets.size(), 1U);
}

TEST(CsvReader, shows_the_first_bad_rows_with_their_lines_and_counts_the_others) {
  const Folder folder;
  std::string text = header + row("0") + "\n" + row("x");  // line 3 is empty
  for (int i = 0; i < 7; ++i) text += "only one cell\n";
  const All all = read(write(folder / "x.csv", text + row("1")));
  EXPECT_EQ(all.times.size(), 2U);
  EXPECT_THAT(all.losses, ElementsAre("FILE:4: frame.time_relative: 'x' is not a number of seconds",
                                      "FILE:5: cells: 1, columns: 8", "FILE:6: cells: 1, columns: 8",
                                      "FILE:7: cells: 1, columns: 8", "FILE:8: cells: 1, columns: 8",
                                      "FILE: 3 more bad rows left out"));
  EXPECT_EQ(all.statistics.rows, 10U);
  EXPECT_EQ(all.statistics.bad, 8U);
}

TEST(CsvReader, says_what_else_was_left_out) {
  const Folder folder;
  const All all =
      read(write(folder / "x.csv", header + row("0") + row("1", "") + "2\t1.1.1.1\t2.2.2.2\t1\t\t\t\t\n" +
                                       "3\t\t\t\t7\t\t\t\n"));
  EXPECT_THAT(
      all.losses,
      ElementsAre(
          "FILE: 1 TCP or UDP row without addresses left out: IPv6 needs columns ipv6.src and ipv6.dst",
          "FILE: 1 TCP or UDP row without a length left out: later fragments, or headers not captured"));
  EXPECT_EQ(all.statistics.summary(),
            "1 trace, 4 rows: 1 TCP/UDP, 1 other, 1 without addresses, 1 without a length");
}

TEST(CsvReader, takes_line_ends_of_any_system_and_a_last_line_without_one) {
  const Folder folder;
  std::string text = header + row("0") + row("1");
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, 1, '\r');
  EXPECT_EQ(read(write(folder / "x.csv", text)).times.size(), 2U);
  EXPECT_EQ(read(write(folder / "y.csv", text.substr(0, text.size() - 2))).times.size(), 2U);
}

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string many_rows(int count) {
  std::string text = header;
  for (int i = 0; i < count; ++i) text += row(std::to_string(i) + ".25", std::to_string(i % 1400));
  return text;
}

TEST(CsvReader, reads_gzip_and_uses_what_precedes_a_damage) {
  const Folder folder;
  const std::string packed = gzipped(many_rows(20000));
  EXPECT_EQ(read(write(folder / "x.csv.gz", packed)).times.size(), 20000U);
  const All cut = read(write(folder / "y.csv.gz", packed.substr(0, packed.size() / 2)));
  EXPECT_GT(cut.times.size(), 5000U);
  EXPECT_LT(cut.times.size(), 15000U);
  ASSERT_EQ(cut.losses.size(), 1U);
  // The header, and one line that is cut or begins nowhere.
  EXPECT_THAT(cut.losses[0], testing::StartsWith("FILE: the compressed data are cut short, at line "));
  EXPECT_EQ(cut.statistics.bad, 0U) << "a line cut in two is not a row";
}

TEST(CsvReader, skips_a_line_of_any_length) {
  const Folder folder;
  const All all =
      read(write(folder / "x.csv", header + row("0") + std::string(3'000'000, 'x') + "\n" + row("1")));
  EXPECT_EQ(all.times.size(), 2U);
  EXPECT_THAT(all.losses, ElementsAre("FILE:3: a line of more than 512 KiB"));
}

TEST(CsvReader, holds_little_of_a_big_file_in_memory) {
  const Folder folder;
  const auto file = write(folder / "x.csv", many_rows(300'000));
  CsvReader reader(file, 0);
  std::vector<Packet> packets;
  std::size_t count = 0;
  const auto allocated = [] {
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  reader.next(1000, 600 * second, packets);
  count += packets.size();
  const std::size_t before = allocated();
  for (bool more = true; more; count += packets.size()) more = reader.next(1000, 600 * second, packets);
  EXPECT_EQ(count, 300'000U);
  EXPECT_LT(allocated(), before + 500'000) << "of " << std::filesystem::file_size(file);
}

TEST(CsvReader, refuses_files_that_are_no_traces) {
  const Folder folder;
  EXPECT_EQ(error_of(write(folder / "empty.csv", "")), ": has no line of column names");
  EXPECT_THAT(error_of(write(folder / "binary.csv", std::string("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\"", 9))),
              testing::StartsWith(": no column frame.time_relative"));
  EXPECT_THAT(error_of(write(folder / "long.csv", std::string(2'000'000, 'x'))),
              testing::StartsWith(": has no line of column names"));
  EXPECT_EQ(error_of(folder.path()), ": is a folder, not a capture");
  EXPECT_EQ(error_of(folder / "absent.csv"), ": cannot be opened: No such file or directory");
}

TEST(CsvReader, says_that_a_trace_has_no_rows) {
  const Folder folder;
  EXPECT_THAT(read(write(folder / "x.csv", header)).losses, ElementsAre("FILE: a trace without rows"));
}

TEST(CsvReader, survives_any_change_of_a_byte_and_any_cut) {
  const Folder folder;
  const std::string good = header + row("0.5") + row("1.5") + "2\t\"fd00::2\"\t2001:db8::1\t\t\t20\t\t\n";
  std::uint64_t packets = 0;
  for (std::size_t at = 0; at < good.size(); at += 2) {
    for (const char c : {'\0', '"', '\t', '\n', '-'}) {
      std::string changed = good;
      changed[at] = c;
      if (error_of(write(folder / "x.csv", changed)) == "none")
        packets += read(folder / "x.csv").times.size();
    }
    if (error_of(write(folder / "y.csv", good.substr(0, at))) == "none") read(folder / "y.csv");
  }
  EXPECT_GT(packets, 250U);
}

TEST(FindTraces, takes_folders_without_their_devices_file_in_natural_order) {
  const Folder folder;
  for (const char* name : {"day10.csv", "day2.csv.gz", "day1.tsv", "devices.csv", "notes.md"})
    write(folder / name, "");
  std::vector<std::string> names;
  for (const auto& file : find_traces({folder.path().string()})) names.push_back(file.path.filename());
  EXPECT_THAT(names, ElementsAre("day1.tsv", "day2.csv.gz", "day10.csv"));
  names.clear();
  for (const auto& file : find_traces({(folder / "*.csv").string()})) names.push_back(file.path.filename());
  EXPECT_THAT(names, ElementsAre("day10.csv"));
  EXPECT_EQ(find_traces({(folder / "devices.csv").string()}).size(), 1U);
}

TEST(FindTraces, says_what_it_looked_for) {
  const Folder folder;
  try {
    (void)find_traces({folder.path().string()});
    FAIL();
  } catch (const CaptureError& error) {
    EXPECT_EQ(std::string(error.what()),
              "no traces in " + folder.path().string() +
                  ": looked for *.csv and *.tsv, also packed (.gz, .zst, .xz, .bz2, .lz4), in it and below"
                  "; give the folder that holds them");
  }
}

}  // namespace
}  // namespace ipet::interchange
