// The lines that an eavesdropper watches: one per device and day, or per device and capture, and which of
// them are for training and which for testing (stages/evaluation/README.md "Protocol", point 1).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/attack/view.hpp"
#include "stages/dataset/split_record.hpp"
#include "stages/defence/topology.hpp"
#include "stages/pool/pool.hpp"
#include "stages/traffic/traces.hpp"
#include "stages/wireguard/tunnel.hpp"

namespace ipet::comparison {

struct LineOptions {
  /// day: the last days are for testing, the first ones for warming up. All captures of a day are one
  /// recording, and every device is up from the first to the last packet of any of them. capture: every
  /// capture is a recording; of those with the same most frequent device the last ones, in their order, are
  /// for testing. automatic: by day where there are two days and more (with folds, as many) after those for
  /// warming up. leave_one_day_out: by day, each of those days is a fold.
  fingerprint::SplitMode split = fingerprint::SplitMode::automatic;
  std::chrono::nanoseconds day_offset{0};  ///< a day begins this long after midnight UTC
  std::uint32_t warm_up_days = 1;  ///< first days that are neither trained nor tested on: defences learn
  double test_fraction = 0.5;      ///< of the other days (rounded), or of the captures; at least one
  /// Days for testing instead of the last ones, in a split by day; counted from 0, the first one.
  std::vector<std::uint32_t> test_days;
  /// Cross-validation: the days after those for warming up, or the captures of each most frequent device, are
  /// dealt out to so many folds in their order (days in runs of neighbours), and `fold` is for testing
  /// instead of test_fraction or test_days. 0: a single split.
  std::uint32_t folds = 0, fold = 0;
  /// The split of a discriminator that generators were trained against, so that no test line was seen by
  /// them: its mode, day offset and test part then count instead of those above. Where all days are later
  /// than its test days, it saw none of them, and a note says that only its mode and offset count.
  std::optional<fingerprint::SplitRecord> like;
  /// Watch only so much of each recording, from its begin, so that how long a line is up tells nothing;
  /// shorter recordings are left out. 0: all.
  std::chrono::nanoseconds watch{0};
  /// home: the lines of all devices that are to be protected are one, of the device `home`.
  defence::Topology topology = defence::Topology::device;
  /// What attackers see of each line. Costs are those of the packets themselves.
  wireguard::TunnelOptions tunnel;
  /// Devices that are switched off on the days or captures for testing: they send nothing, their line is up.
  std::vector<std::string> off;

  /// The option that is wrong, by its name in files, and why; no reason where all are right.
  [[nodiscard]] std::pair<std::string, std::string> fault() const;
};

enum class Role : std::uint8_t { warm_up, training, test };
inline constexpr text::Word<Role> roles[] = {
    {"warm_up", Role::warm_up}, {"training", Role::training}, {"test", Role::test}};

struct WatchedLine {
  std::string device;
  std::uint16_t label = 0;    ///< in Lines::classes
  std::uint32_t capture = 0;  ///< 0 in a split by day
  Role role = Role::training;
  bool protect = true;
  attack::Interval interval;
  std::span<const traffic::DevicePacket> packets;  ///< of the device itself; they live in Lines
  std::vector<std::string> sharing = {};           ///< of a shared line: devices with packets
};

/// A line from `from` after its begin, so long at most.
WatchedLine part_of(const WatchedLine& line, traffic::Nanoseconds from, traffic::Nanoseconds length);
/// The begin of a line.
WatchedLine first_part(const WatchedLine& line, traffic::Nanoseconds length);

struct Lines {
  fingerprint::SplitMode split = fingerprint::SplitMode::day;  ///< or capture
  std::uint32_t folds = 0;           ///< 0: a single split; LineOptions::fold says which one is tested on
  std::vector<std::string> classes;  ///< devices with packets, in the order of the traces
  std::vector<WatchedLine> lines;    ///< by time, then class
  std::vector<std::string> notes;    ///< what was left out

  [[nodiscard]] std::vector<std::size_t> with(Role role) const;

  std::shared_ptr<const traffic::Traces> traces;
  std::shared_ptr<const defence::Pool> days;  ///< of a split by day
  /// Packets of lines that devices share.
  std::vector<std::shared_ptr<const std::vector<traffic::DevicePacket>>> merged;
};

/// Instead of the lines of devices that are to be protected, one for all of them, called `home`.
void share_one_line(Lines& lines);

/// Throws std::runtime_error when there is nothing to train or test on, or less than the folds need, naming
/// what there is, and std::invalid_argument where the options have a fault or name what there is not.
Lines watch_lines(std::shared_ptr<const traffic::Traces> traces, const LineOptions& options);

}  // namespace ipet::comparison
