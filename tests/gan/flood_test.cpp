// What a model may learn from hardly anything, and what must not come of it.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/gan/training.hpp"
#include "tests/gan/toy.hpp"

namespace ipet::gan::test {
namespace {

constexpr Nanoseconds midnight = first_day * traffic::day;

/// Another device is heard all day, so that the day was recorded.
defence::Pool home_with(std::vector<DevicePacket> packets) {
  auto traces = std::make_shared<traffic::Traces>();
  traces->devices = {"rare", "hub"};
  traces->captures = {"home"};
  traces->traces.push_back({0, 0, true, std::move(packets)});
  std::vector<DevicePacket> heard;
  for (Nanoseconds time = 0; time < traffic::day; time += 1'800 * second)
    heard.push_back({midnight + time, 1, Direction::out, Protocol::tcp, false});
  traces->traces.push_back({1, 0, true, std::move(heard)});
  return {traces, 0};
}

/// `count` packets from the first moment of the day on, 20 ms apart.
std::vector<DevicePacket> burst(std::size_t count) {
  std::vector<DevicePacket> packets;
  for (std::size_t i = 0; i < count; ++i)
    packets.push_back(
        {midnight + static_cast<Nanoseconds>(i) * 20'000'000, 100, Direction::out, Protocol::tcp, false});
  return packets;
}

/// Packets of a day; no more than `most` are waited for.
std::size_t said(const GanImitator& imitator, const defence::Pool& pool, std::uint64_t key,
                 std::size_t most) {
  const Nanoseconds begin = midnight + 5 * traffic::day;
  const auto voice = imitator.imitate(pool, {0, {0}, begin, begin + traffic::day, traffic::StreamKey(key)});
  std::size_t count = 0;
  for (DevicePacket packet; count < most && voice->next(begin + traffic::day, packet);) ++count;
  return count;
}

TEST(Flood, does_not_come_of_one_packet_that_was_the_first_of_its_day) {
  const defence::Pool pool = home_with(burst(1));
  const GanImitator imitator(quick());
  std::size_t all = 0;
  for (std::uint64_t key = 0; key < 10; ++key) {
    const std::size_t count = said(imitator, pool, key, 10'000);
    EXPECT_LE(count, 6U) << "key " << key;  // one packet a day was recorded
    all += count;
  }
  EXPECT_LE(all, 25U);
}

TEST(Flood, does_not_come_of_one_burst_within_the_first_second) {
  const defence::Pool pool = home_with(burst(20));
  const GanImitator imitator(quick());
  std::size_t all = 0;
  for (std::uint64_t key = 0; key < 20; ++key) all += said(imitator, pool, key, 100'000);
  EXPECT_LE(all, 20U * 20 * 3);  // 20 a day were recorded
  EXPECT_GE(all, 20U * 20 / 4);
}

TEST(Flood, is_cut_to_a_multiple_of_the_rate_where_no_silence_was_recorded) {
  // The recording ends with the burst: nothing tells how long the silence after it is.
  auto traces = std::make_shared<traffic::Traces>();
  traces->devices = {"camera"};
  traces->captures = {"home"};
  traces->traces.push_back({0, 0, true, burst(20)});
  const defence::Pool pool(traces, 0);
  // Of less than an hour no rate is known: 20 packets an hour at most, four times, and one hour's in advance.
  EXPECT_LE(said(GanImitator(quick()), pool, 1, 1'000'000), 20U * 4 * 24 + 20);
}

TEST(Rate, counts_no_hours_between_two_captures) {
  // 08:00 to 10:00 and 20:00 to 22:00 of a device that speaks twice a minute.
  std::vector<DevicePacket> packets = toy_day(first_day, 1, 86'400);
  std::erase_if(packets, [](const DevicePacket& packet) {
    const Nanoseconds hour = (packet.time - midnight) / (3'600 * second);
    return hour < 8 || (hour >= 10 && hour < 20) || hour >= 22;
  });
  auto traces = std::make_shared<traffic::Traces>();
  traces->devices = {"toy"};
  traces->captures = {"home"};
  traces->traces.push_back({0, 0, true, std::move(packets)});
  Options options = quick();
  options.stages = options.epochs = 0;
  const auto model = GanImitator(options).model(defence::Pool(traces, 0), 0, {0});
  EXPECT_NEAR(model->packets, 1.0 / 30, 0.001);
}

TEST(SilenceAfterTheLastPacket, counts_as_a_pause_of_at_least_its_length) {
  const std::vector<DevicePacket> packets = burst(3);
  const Recording recording{midnight, midnight + 50'000 * second, packets};
  const Alphabet alphabet(std::span(&recording, 1), 48, second);
  ASSERT_EQ(alphabet.gaps() - alphabet.within(), 1U);
  EXPECT_EQ(alphabet.usual_gap(alphabet.within()), 50'000 * second - 40'000'000);
  // A recording that ends within an event tells of no pause.
  const Recording cut{midnight, midnight + 500'000'000, packets};
  const Alphabet none(std::span(&cut, 1), 48, second);
  EXPECT_EQ(none.gaps(), none.within());
}

TEST(Draw, never_takes_what_has_no_probability) {
  // The sum is below 1, as by rounding, but by so much that it shows.
  traffic::Random random(std::uint64_t{20});
  for (int i = 0; i < 100; ++i) ASSERT_NE(draw({0.25F, 0.25F, 0, 0}, random), 3U);
}

TEST(Generator, has_no_class_for_pauses_where_there_were_none) {
  const std::vector<DevicePacket> packets = burst(10);
  const Recording recording{midnight, packets.back().time, packets};
  const Alphabet alphabet(std::span(&recording, 1), 48, second);
  traffic::Random random(std::uint64_t{20});
  Generator generator(alphabet, random);
  Generator::Step step;
  step.view = Past(alphabet, second, 0, midnight).view();
  generator.draw(step, random);
  EXPECT_EQ(step.gaps.size(), alphabet.gaps());
  EXPECT_FALSE(generator.is_pause(step.symbol));
  std::vector<float> nothing;
  softmax(nothing);
  EXPECT_THAT(nothing, testing::IsEmpty());
}

}  // namespace
}  // namespace ipet::gan::test
