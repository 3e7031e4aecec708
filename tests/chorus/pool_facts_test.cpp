#include "stages/pool/pool_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

constexpr std::size_t first = 0, second = 1;  // devices, by name

PoolFacts facts_of(const std::map<std::string, Packets>& devices) {
  return PoolFacts(Pool(home(devices), 0));
}

/// Seconds of a silence.
double longest(const PoolFacts& facts, std::size_t device, const std::vector<std::size_t>& days) {
  const auto found = facts.longest_silence(device, days);
  return found ? static_cast<double>(*found) / traffic::second : -1;
}

/// Every ten minutes of some days, all day.
Packets chatter(std::int64_t days) {
  Packets packets;
  for (int i = 0; i < 144 * days; ++i) packets.push_back(packet(600.0 * i, 6));
  return packets;
}

TEST(PoolFacts, rates_are_bytes_per_recorded_second_since_the_device_came) {
  Packets late = {packet(100, 500, 1), packet(200, 250, 1, Direction::in), packet(100, 1'000, 2)};
  const PoolFacts facts = facts_of({{"a", chatter(3)}, {"b", late}});
  const double recorded = 86'400 - 600;
  const std::vector<std::size_t> all = {0, 1, 2}, one = {1}, before = {0};
  EXPECT_EQ(facts.first_day(second), 1U);
  EXPECT_NEAR(facts.rate(first, all, false), 144 * 6 / recorded, 1e-12);
  EXPECT_NEAR(facts.rate(second, all, false), 1'750 / (2 * recorded), 1e-12);
  EXPECT_NEAR(facts.rate(second, all, true), 1'500 / (2 * recorded), 1e-12);
  EXPECT_NEAR(facts.rate(second, one, false), 750 / recorded, 1e-12);
  EXPECT_EQ(facts.rate(second, before, false), 0);
}

TEST(PoolFacts, rates_do_not_count_time_that_nobody_recorded) {
  Packets a = chatter(1);
  std::erase_if(a, [](const DevicePacket& each) { return each.time > at(20'000) && each.time < at(60'000); });
  const std::vector<std::size_t> day = {0};
  // Packets at 0, 600, ..., 19,800 and 60,000, ..., 85,800 s.
  EXPECT_NEAR(facts_of({{"a", a}}).rate(first, day, false), (34 + 44) * 6 / (19'800.0 + 25'800), 1e-12);
}

TEST(PoolFacts, the_longest_silence_goes_on_over_midnight_and_silent_days) {
  const PoolFacts facts = facts_of({{"a", chatter(4)}, {"b", {packet(80'000, 1), packet(1'000, 1, 2)}}});
  EXPECT_EQ(longest(facts, second, {0, 1, 2}), 6'400 + 86'400 + 1'000);
  EXPECT_EQ(longest(facts, second, {0, 1, 2, 3}), 85'400 + 86'400 - 600);  // to the end of the recording
  EXPECT_EQ(longest(facts, second, {0}), 6'400 - 600);
  EXPECT_EQ(longest(facts, second, {2}), 85'400 - 600);
  EXPECT_EQ(longest(facts, second, {0, 2}), 85'400 - 600);  // day 1 is not used
  EXPECT_EQ(longest(facts, second, {1}), -1);
}

TEST(PoolFacts, time_before_the_first_packet_of_a_device_is_no_silence) {
  const PoolFacts facts = facts_of({{"a", chatter(2)}, {"b", {packet(80'000, 1), packet(85'000, 1)}}});
  EXPECT_EQ(longest(facts, second, {0}), 5'000);
}

TEST(PoolFacts, an_hour_without_anybody_was_not_recorded) {
  Packets a = chatter(1), b = {packet(10, 1), packet(10'000, 1), packet(70'000, 1), packet(85'000, 1)};
  std::erase_if(a, [](const DevicePacket& each) { return each.time > at(20'000) && each.time < at(60'000); });
  const PoolFacts facts = facts_of({{"a", a}, {"b", b}});
  // a says nothing from 19,800 to 60,000 s.
  EXPECT_EQ(longest(facts, first, {0}), 600);
  EXPECT_EQ(longest(facts, second, {0}), 15'000);
}

TEST(PoolFacts, an_outage_over_midnight_was_not_recorded_either) {
  Packets a = chatter(2);
  std::erase_if(a,
                [](const DevicePacket& each) { return each.time > at(70'000) && each.time < at(20'000, 1); });
  const PoolFacts facts = facts_of({{"a", a}, {"b", {packet(69'000, 1), packet(30'000, 1, 1)}}});
  EXPECT_EQ(longest(facts, first, {0, 1}), 600);
  EXPECT_EQ(longest(facts, second, {0, 1}), 85'800 - 30'000);
}

TEST(PoolFacts, an_hour_without_anybody_is_usual_in_a_quiet_home) {
  Packets a, b;
  for (int i = 0; i < 12; ++i) a.push_back(packet(7'200.0 * i, 1));
  for (int i = 0; i < 6; ++i) b.push_back(packet(14'400.0 * i + 5, 1));
  const PoolFacts facts = facts_of({{"a", a}, {"b", b}});
  EXPECT_EQ(longest(facts, first, {0}), 7'200);
  EXPECT_EQ(longest(facts, second, {0}), 14'400);
}

TEST(PoolFacts, times_are_as_fine_as_those_of_the_days_that_are_used) {
  Packets a = {packet(1, 1), packet(1, 1, 1), packet(1, 1, 2)};
  a[1].time += 1'000;
  a[2].time += 1;
  const PoolFacts facts = facts_of({{"a", a}});
  const auto resolution = [&](std::vector<std::size_t> days) { return facts.resolution(days); };
  EXPECT_EQ(resolution({0}), 1'000'000);
  EXPECT_EQ(resolution({0, 1}), 1'000);
  EXPECT_EQ(resolution({2}), 1);
}

}  // namespace
}  // namespace ipet::defence::test
