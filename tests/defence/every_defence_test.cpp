// What all defences owe to a comparison, whichever they are: cover from when a line comes up, and a knob for
// how much of it. From their plugins, as the runtime gets them.
#include <array>
#include <map>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"
#include "tests/defence/plugin_harness.hpp"

namespace ipet::defence::test {
namespace {

using ipet::test::Given;
using traffic::second;

constexpr Nanoseconds start = 1'700'000'000 * second + 123'456'789;

std::shared_ptr<const Defence> load(const std::string& plugin, const Given& given = {}) {
  return ipet::test::make_component<Defence>(plugin, given);
}

struct Case {
  std::string name, plugin;
  Given given = {};
};
std::ostream& operator<<(std::ostream& out, const Case& which) {
  return out << which.name;
}

const std::vector<Case> defences = {{"ilp", "ilp"},
                                    {"constant", "constant"},
                                    {"random", "random"},
                                    {"random_plus", "random_plus"},
                                    {"stp", "stp"},
                                    {"stp_cover_only", "stp", {{"cover_only", true}}},
                                    {"netshaper", "netshaper"},
                                    {"netflow", "netflow"},
                                    {"perturbation", "perturbation"}};

/// A dummy each way in 64 of 100 slots: 1 - 0.95^20.
Resources resources() {
  return given(fixed("plug", {1, 200, 1, 200}), 20);
}

struct Result {
  std::vector<DevicePacket> packets;
  MixSummary summary;
};
/// The line is up for so many seconds from `start` on; times of user packets are seconds from there, too.
Result mix_up(const Defence& defence, double seconds,
              const std::vector<std::pair<double, DevicePacket>>& user) {
  Line line{"plug", 0, Line::Span{start, start + std::llround(seconds * 1e9)}};
  Mixer mixer(defence, resources(), line, {});
  Result result;
  const Mixer::Output take = [&](std::vector<DevicePacket>&& batch) {
    result.packets.insert(result.packets.end(), batch.begin(), batch.end());
  };
  for (auto [time, packet] : user) {
    packet.time = start + std::llround(time * 1e9);
    mixer.mix(std::span(&packet, 1), take);
  }
  mixer.finish(take);
  result.summary = mixer.summary();
  return result;
}

std::vector<std::pair<double, DevicePacket>> some_user(double seconds, double every, std::uint32_t size) {
  std::vector<std::pair<double, DevicePacket>> user;
  for (double time = every / 2; time < seconds; time += every)
    user.push_back(
        {time, {0, size, user.size() % 3 == 0 ? Direction::in : Direction::out, Protocol::tcp, false}});
  return user;
}

class EveryDefence : public testing::TestWithParam<Case> {
 protected:
  std::shared_ptr<const Defence> defence_ = load(GetParam().plugin, GetParam().given);
};
INSTANTIATE_TEST_SUITE_P(Defences, EveryDefence, testing::ValuesIn(defences),
                         [](const auto& info) { return info.param.name; });

TEST_P(EveryDefence, covers_a_line_that_is_up_and_has_no_user_packet) {
  const Result result = mix_up(*defence_, 3'600, {});
  ASSERT_GE(result.packets.size(), 50U);
  // Also of stp, which pads one period of ten.
  EXPECT_GE(result.packets.front().time, start);
  EXPECT_LT(result.packets.back().time, start + 3'600 * second);
  EXPECT_GT(result.packets.back().time - result.packets.front().time, 3'000 * second);
  for (std::size_t i = 1; i < result.packets.size(); ++i)
    ASSERT_LE(result.packets[i - 1].time, result.packets[i].time);
  for (const DevicePacket& packet : result.packets) ASSERT_TRUE(packet.dummy);
  EXPECT_TRUE(result.summary.covered);
  EXPECT_EQ(result.summary.first, start);
  EXPECT_EQ(result.summary.last, start + 3'600 * second);
}

TEST_P(EveryDefence, sends_nothing_before_a_line_comes_up_or_has_a_packet) {
  const Line line{"plug", 0};
  if (defence_->delays()) {
    Cell cell;
    EXPECT_FALSE(defence_->shaper(resources(), line)->next(start, cell));
  } else {
    DevicePacket dummy;
    EXPECT_FALSE(defence_->schedule(resources(), line)->next(start, dummy));
  }
}

TEST_P(EveryDefence, goes_on_from_the_last_user_packet_to_the_end_of_the_line) {
  const Result result = mix_up(*defence_, 600, {{10, {0, 100, Direction::out, Protocol::tcp, false}}});
  EXPECT_GT(result.packets.back().time, start + 400 * second);
  EXPECT_LT(result.packets.back().time, start + 600 * second);
  EXPECT_EQ(result.summary.user[0].payload_bytes, 100U);
  EXPECT_EQ(result.summary.unsent_bytes, 0U);
}

/// Packets as an observer sees them.
using Observed = std::tuple<Nanoseconds, std::uint32_t, Direction, Protocol>;
std::vector<Observed> observed(const Result& result) {
  std::vector<Observed> seen;
  for (const DevicePacket& packet : result.packets)
    seen.emplace_back(packet.time, packet.size, packet.direction, packet.protocol);
  return seen;
}

TEST(LinkPaddingOnLinesThatAreUp, is_the_same_to_the_last_bit_whatever_the_user_sends) {
  const auto ilp = load("ilp");
  const auto idle = observed(mix_up(*ilp, 100.25, {}));
  const Result busy = mix_up(*ilp, 100.25, some_user(100, 0.05, 1'000));
  ASSERT_EQ(idle.size(), 2 * 1'002U);  // ticks at 0.2, ..., 100.3 s; the line is up from 0.123 to 100.373 s
  EXPECT_EQ(observed(mix_up(*ilp, 100.25, some_user(90, 7, 300))), idle);
  EXPECT_EQ(observed(busy), idle);
  EXPECT_GT(busy.summary.unsent_bytes, 0U);
}

TEST(IpetTicks, has_no_cover_on_a_line_that_is_up_and_has_no_user_packet) {
  const auto ticks = load("perturbation", {{"schedule", std::string("ticks")}});
  EXPECT_TRUE(mix_up(*ticks, 600, {}).packets.empty());
}

TEST(IpetContinuous, answers_the_first_user_packet_with_a_fresh_vector) {
  // A slot's first sub-tick is at its begin; packets as many as sub-ticks are due at each of them.
  const Perturbation defence({});
  const Resources dense = given(fixed("plug", {20, 4'000, 0, 0}), 20);
  const auto schedule = defence.schedule(dense, {"plug", 0, Line::Span{start, start + second}});
  schedule->begin(start);
  DevicePacket dummy;
  while (schedule->next(start + second / 3, dummy)) {
  }
  schedule->user_packet({start + second / 3, 1, Direction::out, Protocol::tcp, false});
  ASSERT_TRUE(schedule->next(start + second, dummy));
  EXPECT_EQ(dummy.time, start + second / 3);
}

TEST(IpetContinuous, plays_something_else_on_another_day_and_in_another_repeat) {
  const Perturbation defence({});
  const auto play = [&](std::uint64_t seed, Nanoseconds begin) {
    Resources reseeded = resources();
    reseeded.seed = seed;
    const auto schedule = defence.schedule(reseeded, {"plug", 0, Line::Span{begin, begin + 60 * second}});
    schedule->begin(begin);
    std::vector<std::uint32_t> sizes;
    for (DevicePacket dummy; schedule->next(begin + 60 * second, dummy);) sizes.push_back(dummy.size);
    return sizes;
  };
  EXPECT_EQ(play(1, start), play(1, start));
  EXPECT_NE(play(1, start), play(2, start));
  EXPECT_NE(play(1, start), play(1, start + traffic::day));
}

// Cover at intensities -----------------------------------------------------------------------------------

/// Mean of clip(N(0, sigma^2), 0, largest).
double clipped_mean(double sigma, double largest) {
  const double a = largest / sigma;
  const double density = std::exp(-a * a / 2) / std::sqrt(2 * std::numbers::pi);
  const double above = std::erfc(a / std::numbers::sqrt2) / 2;
  return sigma / std::sqrt(2 * std::numbers::pi) - sigma * density + largest * above;
}

/// Payload of dummies in bytes per second on a line that is idle, by hand.
double cover_by_hand(const std::string& name) {
  if (name == "ilp") return 2 * 536 / 0.1;
  if (name == "constant") return 0.2112 * 10'000;
  if (name == "random") return 0.5 * 12'500;
  if (name == "stp" || name == "stp_cover_only") return 2 * 0.1 * 5'360;
  if (name == "netflow") return 2 * 100 / 5.5;
  // Sigma for epsilon 4, delta 1e-6 and 10 releases: 2,500 times 3.774 (dp-accounting 0.6.0).
  if (name == "netshaper") return 2 * 10 * clipped_mean(2'500 * 3.774, 25'000);
  // 200 bytes, 1 dummy: the size is uniform over 0 .. 401, cut to 200: 150.
  return 2 * 10 * (1 - std::pow(0.95, 20)) * 150;
}

double cover_of(const Result& result, double seconds) {
  const auto bytes = result.summary.dummy[0].payload_bytes + result.summary.dummy[1].payload_bytes;
  return static_cast<double>(bytes) / seconds;
}

TEST_P(EveryDefence, covers_in_proportion_to_its_intensity) {
  const bool seldom = GetParam().plugin == "stp" || GetParam().plugin == "netflow";
  const double seconds = seldom ? 86'400 : 5'000;
  const bool known = GetParam().name != "random_plus";  // draws its mean once per line
  const double whole =
      known ? cover_by_hand(GetParam().name) : cover_of(mix_up(*defence_, seconds, {}), seconds);
  for (const double intensity : {0.5, 1.0, 2.0}) {
    const auto scaled = defence_->at_intensity(intensity);
    ASSERT_NE(scaled, nullptr);
    const double cover = cover_of(mix_up(*scaled, seconds, {}), seconds);
    EXPECT_NEAR(cover, intensity * whole, 0.1 * intensity * whole) << "at intensity " << intensity;
  }
}

TEST_P(EveryDefence, at_intensity_0_is_no_cover_at_all_or_does_not_exist) {
  const auto nothing = defence_->at_intensity(0);
  if (defence_->delays()) {
    EXPECT_EQ(nothing, nullptr);
    return;
  }
  const Result result = mix_up(*nothing, 100, some_user(100, 9, 300));
  EXPECT_EQ(result.packets.size(), 11U);
  EXPECT_TRUE(result.summary.covered);
}

TEST_P(EveryDefence, that_does_not_delay_leaves_user_packets_alone_at_any_intensity) {
  if (defence_->delays()) GTEST_SKIP() << "delays";
  const auto user = some_user(600, 7, 300);
  for (const double intensity : {0.0, 0.5, 1.0, 2.5}) {
    std::vector<DevicePacket> kept;
    for (const DevicePacket& packet : mix_up(*defence_->at_intensity(intensity), 600, user).packets)
      if (!packet.dummy) kept.push_back(packet);
    ASSERT_EQ(kept.size(), user.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      ASSERT_EQ(kept[i].time, start + std::llround(user[i].first * 1e9));
      ASSERT_EQ(kept[i].size, 300U);
      ASSERT_EQ(kept[i].direction, user[i].second.direction);
      ASSERT_EQ(kept[i].protocol, Protocol::tcp);
    }
  }
}

TEST_P(EveryDefence, multiplies_intensities) {
  const auto there_and_back = defence_->at_intensity(2)->at_intensity(0.5);
  EXPECT_EQ(observed(mix_up(*there_and_back, 100, {})), observed(mix_up(*defence_, 100, {})));
}

TEST(PeakSecond, is_the_busiest_second_of_the_clock) {
  // Seconds of the clock begin 0.877 s after `start`: 2 x (700 + 54) bytes in the first, (1000 + 54) in the
  // second although that is less than a second away, and (1400 + 54) in the last.
  const auto nothing = load("netflow")->at_intensity(0);
  const DevicePacket packet{0, 700, Direction::out, Protocol::tcp, false};
  DevicePacket large = packet, largest = packet;
  large.size = 1'000;
  largest.size = 1'400;
  const Result result = mix_up(*nothing, 10, {{0.1, packet}, {0.8, packet}, {0.9, large}, {5, largest}});
  EXPECT_EQ(result.summary.peak_second, 2 * 754U);
}

TEST(PeakSecond, counts_cover_and_headers) {
  // 10 cells each way in a second: 536 + 42.
  EXPECT_EQ(mix_up(*load("ilp"), 100, {}).summary.peak_second, 20 * 578U);
}

}  // namespace
}  // namespace ipet::defence::test
