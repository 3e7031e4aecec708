// Filters that throw away what looks like cover traffic.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/attack/dummy_filter.hpp"
#include "stages/attack/packet_features.hpp"
#include "tests/attack/lines.hpp"
#include "tests/defence/fixtures.hpp"

namespace ipet::attack::test {
namespace {

struct Notes : fingerprint::Observer {
  void info(std::string_view text) override { texts.emplace_back(text); }
  std::vector<std::string> texts;
};

/// A device that sends a request and gets an answer, now and then several; sizes as dummies have them, too.
std::vector<DevicePacket> device(std::uint64_t seed, std::size_t requests) {
  traffic::Random random(seed);
  std::vector<DevicePacket> packets;
  Nanoseconds time = noon + static_cast<Nanoseconds>(random.below(1'000'000'000));
  for (std::size_t i = 0; i < requests; ++i) {
    packets.push_back(out(time, static_cast<std::uint32_t>(20 + random.below(80)), Protocol::udp));
    time += static_cast<Nanoseconds>(random.uniform(2e6, 8e7));
    packets.push_back(in(time, static_cast<std::uint32_t>(20 + random.below(80)), Protocol::udp));
    time += static_cast<Nanoseconds>(random.exponential(random.below(3) == 0 ? 2e10 : 5e8));
  }
  return packets;
}

/// The published schedule's line, dummies marked.
std::vector<DevicePacket> ticked(std::uint64_t seed, std::size_t requests, bool published_defects) {
  return defence::test::mix(defence::test::varied({"plug"}, 15, 1500, 3), "plug", device(seed, requests), 0,
                            defence::test::ticks(published_defects))
      .packets;
}

struct Outcome {
  double dummies_removed = 0, user_removed = 0;
  std::size_t dummies = 0, user = 0;
};

Outcome filter(const TrainedFilter& trained, const std::vector<DevicePacket>& line, std::size_t part = 0) {
  std::size_t counts[2][2] = {};  // [kept][dummy]
  for (const DevicePacket& packet : line) ++counts[0][packet.dummy ? 1 : 0];
  std::vector<DevicePacket> kept;
  const LineFilter::Sink sink = [&](std::span<const DevicePacket> packets) {
    for (const DevicePacket& packet : packets) ++counts[1][packet.dummy ? 1 : 0];
  };
  const auto filter = trained.open({});
  const std::size_t step = part == 0 ? line.size() : part;
  for (std::size_t at = 0; at < line.size(); at += step)
    filter->add(std::span(line).subspan(at, std::min(step, line.size() - at)), sink);
  filter->end(sink);
  const auto share = [&](int dummy) {
    return 1 - static_cast<double>(counts[1][dummy]) / static_cast<double>(counts[0][dummy]);
  };
  return {share(1), share(0), counts[0][1], counts[0][0]};
}

std::vector<DevicePacket> keep(const TrainedFilter& trained, const std::vector<DevicePacket>& line,
                               std::size_t part) {
  std::vector<DevicePacket> kept;
  const LineFilter::Sink sink = [&](std::span<const DevicePacket> packets) {
    kept.insert(kept.end(), packets.begin(), packets.end());
  };
  const auto filter = trained.open({});
  for (std::size_t at = 0; at < line.size(); at += part)
    filter->add(std::span(line).subspan(at, std::min(part, line.size() - at)), sink);
  filter->end(sink);
  return kept;
}

DummyFilterOptions quick() {
  DummyFilterOptions options;
  options.most_packets = 20'000;
  return options;
}

TEST(DummyFilter, finds_the_dummies_of_the_published_schedule) {
  for (const bool published_defects : {false, true}) {
    fingerprint::Observer observer;
    const std::vector<Excerpt> training{{0, 0, ticked(1, 500, published_defects)}};
    const auto trained = DummyFilter(quick()).train(training, 7, observer);
    const Outcome outcome = filter(*trained, ticked(2, 500, published_defects));
    std::printf("published defects %d: %.2f %% of %zu dummies removed, %.2f %% of %zu user packets\n",
                published_defects, 100 * outcome.dummies_removed, outcome.dummies, 100 * outcome.user_removed,
                outcome.user);
    EXPECT_GT(outcome.dummies_removed, 0.99);
    EXPECT_LT(outcome.user_removed, 0.01);
  }
}

TEST(DummyFilter, keeps_all_where_cover_has_the_law_of_user_traffic) {
  // Two devices of one law on one line: nothing tells which of them is the cover.
  std::vector<DevicePacket> line = device(1, 1500), cover = device(2, 1500);
  for (DevicePacket& packet : cover) packet.dummy = true;
  line.insert(line.end(), cover.begin(), cover.end());
  std::ranges::stable_sort(line, {}, &DevicePacket::time);
  Notes notes;
  const auto trained = DummyFilter(quick()).train(std::vector<Excerpt>{{0, 0, line}}, 7, notes);
  ASSERT_EQ(notes.texts.size(), 1u);
  EXPECT_THAT(notes.texts[0], testing::StartsWith("dummy_filter keeps all packets: it tells real packets"));
  EXPECT_EQ(keep(*trained, line, 100), line);
}

TEST(DummyFilter, keeps_all_where_one_kind_alone_was_seen) {
  std::vector<DevicePacket> line = device(1, 100);
  const std::string message = "dummy_filter keeps all packets: there is ";
  for (const bool dummy : {false, true}) {
    for (DevicePacket& packet : line) packet.dummy = dummy;
    Notes notes;
    const auto trained = DummyFilter(quick()).train(std::vector<Excerpt>{{0, 0, line}}, 7, notes);
    EXPECT_THAT(notes.texts, testing::ElementsAre(message + (dummy ? "nothing but cover traffic to learn from"
                                                                   : "no cover traffic to learn from")));
    EXPECT_EQ(keep(*trained, line, 7), line);
  }
  Notes notes;
  EXPECT_EQ(keep(*DummyFilter(quick()).train({}, 7, notes), line, 7), line);
}

TEST(DummyFilter, does_not_depend_on_cuts_nor_on_the_flags_it_is_shown) {
  fingerprint::Observer observer;
  const std::vector<Excerpt> training{{0, 0, ticked(1, 150, false)}};
  const auto trained = DummyFilter(quick()).train(training, 7, observer);
  std::vector<DevicePacket> line = ticked(2, 300, false);
  ASSERT_GT(line.size(), 10'000u);  // more than is decided at a time
  for (DevicePacket& packet : line) packet.dummy = false;
  const std::vector<DevicePacket> whole = keep(*trained, line, line.size());
  EXPECT_LT(whole.size(), line.size() / 2);
  for (const std::size_t part : {1, 100, 5000}) EXPECT_EQ(keep(*trained, line, part), whole) << part;
  for (DevicePacket& packet : line) packet.dummy = true;
  std::vector<DevicePacket> flagged = keep(*trained, line, line.size());
  for (DevicePacket& packet : flagged) packet.dummy = false;
  EXPECT_EQ(flagged, whole);
}

TEST(DummyFilter, is_the_same_for_the_same_seed) {
  fingerprint::Observer observer;
  const std::vector<Excerpt> training{{0, 0, ticked(1, 150, false)}};
  const std::vector<DevicePacket> line = ticked(2, 150, true);
  EXPECT_EQ(keep(*DummyFilter(quick()).train(training, 7, observer), line, line.size()),
            keep(*DummyFilter(quick()).train(training, 7, observer), line, line.size()));
}

/// All rows of packets, given to the features in parts.
std::vector<std::map<std::string, float>> rows_of(const std::vector<DevicePacket>& packets,
                                                  std::size_t part) {
  std::vector<std::map<std::string, float>> result;
  const std::vector<std::string> names = PacketFeatures::names();
  const PacketFeatures::Sink sink = [&](std::span<const DevicePacket> decided, std::span<const float> rows) {
    EXPECT_EQ(rows.size(), decided.size() * names.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % names.size() == 0) result.emplace_back();
      result.back()[names[i % names.size()]] = rows[i];
    }
  };
  PacketFeatures features;
  for (std::size_t at = 0; at < packets.size(); at += part)
    features.add(std::span(packets).subspan(at, std::min(part, packets.size() - at)), sink);
  features.end(sink);
  return result;
}

TEST(PacketFeatures, are_what_a_hand_would_note) {
  const Nanoseconds t = noon + 1'234'567;
  const auto rows = rows_of({out(t, 10), in(t + 30 * millisecond, 20, Protocol::udp),
                             in(t + 30 * millisecond, 20, Protocol::udp), out(t + 1050 * millisecond, 10)},
                            1);
  ASSERT_EQ(rows.size(), 4u);
  const std::map<std::string, float> expected{{"size", 20},
                                              {"direction", 1},
                                              {"protocol", 1},
                                              {"mod_5ms", 1'234'567},
                                              {"mod_10ms", 1'234'567},
                                              {"mod_50ms", 31'234'567},
                                              {"mod_100ms", 31'234'567},
                                              {"gap_before", 0},
                                              {"gap_after", 1.02e9F},
                                              {"gap_same", 0},
                                              {"gap_other", 3e7F},
                                              {"gap_next_other", 1.02e9F},
                                              {"period", 3e7F},
                                              {"period_mod", 3e7F},
                                              {"before_mod", 3e7F},
                                              {"after_mod", 2e7F},
                                              {"instant", 2},
                                              {"instant_place", 1},
                                              {"instant_same", 2},
                                              {"grid_5ms", 2},
                                              {"grid_10ms", 2},
                                              {"grid_50ms", 0},
                                              {"grid_100ms", 0},
                                              {"size_before_1", -21},
                                              {"size_before_2", 10},
                                              {"size_after_1", 10},
                                              {"size_after_2", -1e9F},
                                              {"same_around", 2}};
  EXPECT_EQ(rows[2], expected);
  EXPECT_EQ(rows[3].at("period"), 0);     // after a second of silence
  EXPECT_EQ(rows[3].at("grid_50ms"), 1);  // 1050 ms after the first one
  EXPECT_EQ(rows[3].at("grid_100ms"), 0);
}

TEST(PacketFeatures, do_not_depend_on_cuts) {
  const std::vector<DevicePacket> packets = random_line(5, 9000, noon);
  const auto whole = rows_of(packets, packets.size());
  ASSERT_EQ(whole.size(), packets.size());
  for (const std::size_t part : {1, 777, 4096}) EXPECT_TRUE(rows_of(packets, part) == whole) << part;
}

}  // namespace
}  // namespace ipet::attack::test
