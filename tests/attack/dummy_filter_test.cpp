// The filter that throws away, packet by packet, what looks like cover traffic.
#include "stages/attack/dummy_filter.hpp"

#include <cstdlib>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"
#include "tests/attack/messages.hpp"
#include "tests/defence/fixtures.hpp"

namespace ipet::attack::test {
namespace {

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
  SCOPED_TRACE("seeds 1 and 2 of the lines, 7 of the training");
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
  SCOPED_TRACE("seeds 1 and 2 of the lines, 7 of the training");
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
  SCOPED_TRACE("seed 1 of the line");
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
  SCOPED_TRACE("seeds 1 and 2 of the lines, 7 of the training");
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

// By hand, for tests/live/figures.py: IPET_TUNNEL_PACKETS names a file with lines "line time_ns direction
// size dummy" of what was seen on the wire. Learns from the first 60 % of each line, with the true flags, and
// is asked about the rest.
TEST(DummyFilter, DISABLED_of_what_was_captured_on_tunnels) {
  const char* const path = std::getenv("IPET_TUNNEL_PACKETS");
  ASSERT_NE(path, nullptr);
  std::ifstream file(path);
  std::map<std::uint32_t, std::vector<DevicePacket>> lines;
  std::uint32_t line = 0, size = 0;
  Nanoseconds time = 0;
  int direction = 0, dummy = 0;
  while (file >> line >> time >> direction >> size >> dummy)
    lines[line].push_back(direction == 0 ? out(time, size, Protocol::udp) : in(time, size, Protocol::udp)),
        lines[line].back().dummy = dummy != 0;
  ASSERT_FALSE(lines.empty());
  std::vector<Excerpt> training;
  for (auto& [number, packets] : lines) {
    const auto middle = packets.begin() + static_cast<std::ptrdiff_t>(packets.size() * 6 / 10);
    training.push_back({number, static_cast<std::uint16_t>(number), {packets.begin(), middle}});
    packets.erase(packets.begin(), middle);
  }
  fingerprint::Observer observer;
  DummyFilterOptions options;
  options.least_accuracy = 0;  // it says what it thinks, right or wrong
  const auto trained = DummyFilter(options).train(training, 7, observer);
  double dummies = 0, removed = 0, user = 0, kept = 0;
  for (const auto& [number, packets] : lines) {
    const Outcome outcome = filter(*trained, packets);
    dummies += static_cast<double>(outcome.dummies);
    user += static_cast<double>(outcome.user);
    if (outcome.dummies > 0) removed += outcome.dummies_removed * static_cast<double>(outcome.dummies);
    if (outcome.user > 0) kept += (1 - outcome.user_removed) * static_cast<double>(outcome.user);
  }
  std::printf("%.0f dummies and %.0f user packets; balanced accuracy %.4f\n", dummies, user,
              (removed / dummies + kept / user) / 2);
}

TEST(DummyFilter, is_the_same_for_the_same_seed) {
  SCOPED_TRACE("seeds 1 and 2 of the lines, 7 of the training");
  fingerprint::Observer observer;
  const std::vector<Excerpt> training{{0, 0, ticked(1, 150, false)}};
  const std::vector<DevicePacket> line = ticked(2, 150, true);
  EXPECT_EQ(keep(*DummyFilter(quick()).train(training, 7, observer), line, line.size()),
            keep(*DummyFilter(quick()).train(training, 7, observer), line, line.size()));
}

}  // namespace
}  // namespace ipet::attack::test
