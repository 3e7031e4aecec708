// Lines that are made together: those of a set, and the one of a home.
#include <gtest/gtest.h>

#include "stages/comparison/observation.hpp"
#include "stages/padding/ilp.hpp"
#include "stages/padding/shaped.hpp"
#include "stages/unison/unison.hpp"
#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

const std::vector<Beat> devices = {{"bulb", 45, 200}, {"cam", 30, 300}, {"plug", 60, 250}};

LineOptions by_day_of(defence::Topology topology = defence::Topology::device) {
  LineOptions options;
  options.split = fingerprint::SplitMode::day;
  options.topology = topology;
  return options;
}

/// What all devices send together.
constexpr double bytes_a_second = 200 / 45.0 + 300 / 30.0 + 250 / 60.0;

Comparison compared(const std::shared_ptr<const defence::Defence>& defence,
                    defence::Topology topology = defence::Topology::device) {
  ComparisonInputs in = inputs(home(devices, 5));
  in.defences = {{"it", defence}};
  ComparisonOptions options;
  options.lines = by_day_of(topology);
  options.repeats = 2;
  fingerprint::Observer observer;
  return compare(in, options, observer);
}

TEST(LinesOfASet, give_every_attacker_the_same_rows_of_each_device) {
  const Lines lines = watch_lines(home(devices, 4), by_day_of());
  const defence::Unison unison({});
  const CountView view;
  const Lens lens{&view, 0};
  ObservationOptions options;
  options.defence = &unison;
  std::vector<Realisation> realisations;
  for (const std::size_t i : lines.with(Role::test))
    realisations.push_back({&lines.lines[i], static_cast<std::uint32_t>(realisations.size()), 7});
  fingerprint::Observer observer;
  const attack::Rows rows = observe(realisations, {&lens, 1}, options, observer).rows[0];
  // Two days of three lines of two hours, in bins of five minutes.
  ASSERT_EQ(rows.size(), 2 * 3 * 24U);
  for (std::size_t day = 0; day < 2; ++day)
    for (std::size_t bin = 0; bin < 24; ++bin) {
      const float* first = rows.row(day * 72 + bin);
      // 300 s hold 6 or 7 beats of 45 s, 10 of 30 s and 5 of 60 s.
      EXPECT_GE(first[0], 21);
      EXPECT_LE(first[0], 22);
      for (std::size_t line = 1; line < 3; ++line)
        for (std::size_t column = 0; column < 2; ++column)
          ASSERT_EQ(rows.row(day * 72 + line * 24 + bin)[column], first[column]) << line << ", bin " << bin;
    }
}

TEST(LinesOfASet, are_named_no_better_than_by_chance_and_cost_the_others_bytes) {
  const Comparison result = compared(std::make_shared<defence::Unison>(defence::UnisonOptions()));
  for (const char* level : {"T0", "T1", "T2"}) {
    const evaluation::Score* score = find(result.report, "it", "own", level, "nearest mean");
    ASSERT_NE(score, nullptr) << level;
    EXPECT_LE(score->macro_f1, 1 / 3.0) << level;
  }
  EXPECT_GT(find(result.report, "none", "own", "T2", "nearest mean")->macro_f1, 0.8);
  const evaluation::Cost& cost = result.report.costs.at(1);
  // Each line carries what it would and what the two others send.
  EXPECT_NEAR(cost.payload_bytes_per_second, bytes_a_second * 2 / 3, 0.1);
  for (const auto& row : cost.overhead.rows) {
    EXPECT_EQ(row.unsent_bytes, 0U) << row.device;
    EXPECT_LE(row.delays.maximum(), 1e-3) << row.device;
    EXPECT_GT(row.delays.count(), 0U) << row.device;
  }
}

TEST(LinesOfASet, are_drawn_with_their_copies) {
  const evaluation::LineExample example =
      compared(std::make_shared<defence::Unison>(defence::UnisonOptions())).example;
  const auto dummy = [](const DevicePacket& packet) { return packet.dummy; };
  const auto copies = std::ranges::count_if(example.after, dummy);
  EXPECT_EQ(example.after.size() - static_cast<std::size_t>(copies), example.before.size());
  EXPECT_GT(copies, 0);
}

TEST(OneLineOfAHome, carries_the_packets_of_all_devices_in_order_of_time) {
  const Lines lines = watch_lines(home(devices, 4), by_day_of(defence::Topology::home));
  const Lines apart = watch_lines(home(devices, 4), by_day_of());
  EXPECT_EQ(lines.classes, (std::vector<std::string>{"home"}));
  ASSERT_EQ(lines.lines.size(), 4U);
  for (std::size_t day = 0; day < 4; ++day) {
    const WatchedLine& line = lines.lines[day];
    EXPECT_EQ(line.device, "home");
    EXPECT_EQ(line.label, 0);
    EXPECT_EQ(line.role, apart.lines[3 * day].role);
    EXPECT_EQ(line.interval.begin, apart.lines[3 * day].interval.begin);
    EXPECT_EQ(line.packets.size(), apart.lines[3 * day].packets.size() +
                                       apart.lines[3 * day + 1].packets.size() +
                                       apart.lines[3 * day + 2].packets.size());
    EXPECT_TRUE(std::ranges::is_sorted(line.packets, {}, &DevicePacket::time));
  }
}

TEST(OneLineOfAHome, tells_a_defence_which_devices_it_carries) {
  LineOptions by_day = by_day_of(defence::Topology::home);
  defence::UnisonOptions unison_options;
  unison_options.phantoms = {"cam"};
  unison_options.phantom_presence = defence::PhantomPresence::absent;
  const defence::Unison unison(unison_options);
  const auto cover = [&] {
    const auto traces = home(devices, 4);
    const Lines lines = watch_lines(traces, by_day);
    ObservationOptions options;
    options.defence = &unison;
    options.resources.give<traffic::Traces>("pool", traces);
    const Realisation last{&lines.lines.back(), 0, 7};
    fingerprint::Observer observer;
    const Observation seen = observe({&last, 1}, {}, options, observer);
    return seen.summaries.at(0).dummy[0].packets + seen.summaries.at(0).dummy[1].packets;
  };
  EXPECT_EQ(cover(), 0U);
  by_day.off = {"cam"};
  // Two hours of a beat every 30 s.
  EXPECT_NEAR(static_cast<double>(cover()), 240, 2);
}

TEST(OneLineOfAHome, leaves_devices_that_nobody_protects_on_their_own) {
  auto traces = std::make_shared<traffic::Traces>();
  for (const char* device : {"cam", "phone", "plug"}) {
    std::vector<DevicePacket> packets;
    for (int day = 0; day < 3; ++day) {
      const auto part = beat(day * traffic::day, day * traffic::day + hour, 60, 10);
      packets.insert(packets.end(), part.begin(), part.end());
    }
    traffic::DevicePackets in = message(0, device, packets);
    in.protect = in.device->compare("phone") != 0;
    traces->add(in);
  }
  traces->finish();
  const Lines lines = watch_lines(traces, by_day_of(defence::Topology::home));
  EXPECT_EQ(lines.classes, (std::vector<std::string>{"home", "phone"}));
  ASSERT_EQ(lines.lines.size(), 6U);
  EXPECT_EQ(lines.lines[0].device, "home");
  EXPECT_EQ(lines.lines[0].packets.size(), 120U);
  EXPECT_EQ(lines.lines[1].device, "phone");
  EXPECT_EQ(lines.lines[1].label, 1);
  EXPECT_EQ(lines.lines[1].packets.size(), 60U);
}

TEST(OneLineOfAHome, takes_every_defence_with_cells_for_the_whole_home) {
  const Comparison result = compared(
      std::make_shared<defence::Shaped<defence::Ilp>>("ilp", defence::IlpOptions()), defence::Topology::home);
  const evaluation::Cost& cost = result.report.costs.at(1);
  ASSERT_EQ(cost.overhead.rows.size(), 1U);
  EXPECT_EQ(cost.overhead.rows[0].device, "home");
  // 536 bytes each way every 0.1 s, less what the devices send.
  EXPECT_NEAR(cost.payload_bytes_per_second, 2 * 5'360 - bytes_a_second, 5);
  EXPECT_EQ(find(result.report, "it", "own", "T2", "nearest mean")->chance, 1);
}

}  // namespace
}  // namespace ipet::comparison
