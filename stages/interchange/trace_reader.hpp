// Reads a trace in the published format (trace_row.hpp) packet by packet, in time order and in bounded
// memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stages/capture/ordered_packets.hpp"
#include "stages/capture/recordings.hpp"
#include "stages/interchange/line_reader.hpp"
#include "stages/interchange/trace_row.hpp"

namespace ipet::interchange {

/// What reading a trace found, and what it lost.
struct TraceStatistics {
  std::uint64_t files = 0;
  std::uint64_t rows = 0;  ///< all but the header and empty lines; the sum of the next five
  std::uint64_t packets = 0;
  std::uint64_t other_protocols = 0;
  std::uint64_t without_address = 0;
  std::uint64_t without_length = 0;
  std::uint64_t bad = 0;
  std::uint64_t several_values = 0;  ///< packets with several values in a cell; the first counts
  std::uint64_t reordered = 0;       ///< packets that were put in order
  std::uint64_t wrong_times = 0;     ///< packets of a wrong clock that got the time of a neighbour
  std::uint64_t clock_steps = 0;     ///< clock_watch.hpp
  std::uint64_t late = 0;       ///< packets too old to be put in order; got the time of the newest before
  std::uint64_t cut_short = 0;  ///< files of which the rest could not be read

  void add(const TraceStatistics& other);
  /// "12 traces, 1034 rows: 1000 TCP/UDP, 34 other"
  [[nodiscard]] std::string summary() const;
};

class TraceReader {
 public:
  /// Opens the file and reads its header. Throws capture::CaptureError. `checksum` as capture::open_input()
  /// has it.
  TraceReader(std::filesystem::path file, traffic::Nanoseconds start,
              capture::FileChecksum* checksum = nullptr,
              capture::ClockSteps steps = capture::ClockSteps::split);

  /// Replaces `packets` by the next ones, at most `limit`, and none that is `span` or more later than the
  /// first, all of one part of the trace. False when there are no more (what is in `packets` still counts).
  bool next(std::size_t limit, traffic::Nanoseconds span, std::vector<traffic::Packet>& packets);
  /// The part that those packets belong to, from 0: steps of the clock divide a trace into parts
  /// (clock_watch.hpp).
  [[nodiscard]] std::uint32_t part() const { return order_.part(); }

  /// Complete after next() said false, as is losses().
  [[nodiscard]] const TraceStatistics& statistics() const { return statistics_; }
  /// Why the trace is of no use, "x.csv: none of its 40 rows ...", where no row is good: nothing was read,
  /// and not because there is nothing. Empty otherwise.
  [[nodiscard]] std::string no_good_row() const;
  /// Reads on to the first good row, or to the end. For a look before the trace is read.
  void find_good_row();
  /// "x.csv:12: udp.length: '12x' is not a number of bytes" for the first bad rows, how many there are
  /// beyond, and a sentence for each other kind of loss.
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  static constexpr std::size_t most_shown = 5;
  bool read_row();
  void bad_row(const std::string& text);

  std::filesystem::path file_;
  LineReader lines_;
  std::optional<TraceRows> rows_;
  capture::OrderedPackets order_;
  bool ended_ = false;
  TraceStatistics statistics_;
  std::vector<std::string> bad_rows_;
};

/// Traces that an option names: files, folders (all .csv and .tsv in them and below, also with .gz or
/// .zst) and globs, in natural order of their names; folders and globs leave out files named devices.csv.
/// Throws capture::CaptureError when an entry names nothing.
std::vector<capture::InputFile> find_traces(const std::vector<std::string>& patterns);

}  // namespace ipet::interchange
