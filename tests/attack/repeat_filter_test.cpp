// The eavesdropper who remembers: recordings that are played again are found, imitations that repeat nothing
// are not.
#include "stages/attack/repeat_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"
#include "tests/attack/messages.hpp"

namespace ipet::attack::test {
namespace {

constexpr std::size_t devices = 3, days = 4;

/// A day of a device: bursts of a few packets with sizes around the device's own, every minute or so.
std::vector<DevicePacket> day_of(std::size_t device, std::uint64_t seed, Nanoseconds begin) {
  traffic::Random random(traffic::StreamKey(seed).with(device).with(static_cast<std::uint64_t>(begin)));
  std::vector<DevicePacket> packets;
  Nanoseconds time = begin;
  while ((time += static_cast<Nanoseconds>(random.exponential(6e10))) < begin + 4 * 3600 * traffic::second) {
    Nanoseconds at = time;
    for (std::uint64_t i = 0, count = 2 + random.below(5); i < count; ++i) {
      packets.push_back({at, static_cast<std::uint32_t>(100 * device + random.below(80)),
                         static_cast<Direction>(i % 2), Protocol::tcp, false});
      at += static_cast<Nanoseconds>(random.uniform(5e6, 2e8));
    }
  }
  std::ranges::stable_sort(packets, {}, &DevicePacket::time);
  return packets;
}

Nanoseconds begin_of(std::size_t day) {
  return noon + static_cast<Nanoseconds>(day) * traffic::day;
}

enum class Cover { replayed, fresh };

/// A device's line on a day: its own packets, and an imitation of each other one.
std::vector<DevicePacket> line_of(std::size_t device, std::size_t day, Cover cover) {
  traffic::Random random(traffic::StreamKey(device).with(day).with("shift"));
  std::vector<DevicePacket> line = day_of(device, 1, begin_of(day));
  for (std::size_t other = 0; other < devices; ++other) {
    if (other == device) continue;
    std::vector<DevicePacket> imitation;
    if (cover == Cover::fresh) {
      imitation = day_of(other, 100 + 10 * device, begin_of(day));
    } else if (day > 0) {
      // A day of the past, moved by some minutes; bursts wobble.
      const std::size_t source = random.below(day);
      imitation = day_of(other, 1, begin_of(source));
      const Nanoseconds shift =
          begin_of(day) - begin_of(source) + static_cast<Nanoseconds>(random.uniform(-600e9, 600e9));
      Nanoseconds last = 0, wobble = 0;
      for (DevicePacket& packet : imitation) {
        if (packet.time - last > 5 * traffic::second)
          wobble = static_cast<Nanoseconds>(random.uniform(-4e6, 4e6));
        last = packet.time;
        packet.time += shift + wobble;
      }
    }
    for (DevicePacket& packet : imitation) packet.dummy = true;
    line.insert(line.end(), imitation.begin(), imitation.end());
  }
  std::ranges::stable_sort(line, {}, &DevicePacket::time);
  return line;
}

std::vector<Excerpt> training(Cover cover) {
  std::vector<Excerpt> excerpts;
  for (std::size_t day = 0; day + 1 < days; ++day)
    for (std::size_t device = 0; device < devices; ++device)
      excerpts.push_back({static_cast<std::uint32_t>(devices * day + device),
                          static_cast<std::uint16_t>(device), line_of(device, day, cover)});
  return excerpts;
}

std::vector<DevicePacket> keep(const TrainedFilter& trained, const std::vector<DevicePacket>& line,
                               std::size_t part = 0) {
  std::vector<DevicePacket> kept;
  const LineFilter::Sink sink = [&](std::span<const DevicePacket> packets) {
    kept.insert(kept.end(), packets.begin(), packets.end());
  };
  const auto filter = trained.open({begin_of(days - 1), begin_of(days), begin_of(days - 1)});
  const std::size_t step = part == 0 ? line.size() : part;
  for (std::size_t at = 0; at < line.size(); at += step)
    filter->add(std::span(line).subspan(at, std::min(step, line.size() - at)), sink);
  filter->end(sink);
  return kept;
}

double share_of(const std::vector<DevicePacket>& kept, const std::vector<DevicePacket>& line, bool dummy) {
  return static_cast<double>(std::ranges::count(kept, dummy, &DevicePacket::dummy)) /
         static_cast<double>(std::ranges::count(line, dummy, &DevicePacket::dummy));
}

TEST(RepeatFilter, throws_away_recordings_that_are_played_again_and_nothing_else) {
  SCOPED_TRACE("seeds 1 of the days, 7 of the training");
  Notes notes;
  const auto trained = RepeatFilter({}).train(training(Cover::replayed), 7, notes);
  ASSERT_EQ(notes.texts.size(), 1u);
  EXPECT_THAT(notes.texts[0], testing::StartsWith("repeat_filter throws away what repeats in at least "));
  for (std::size_t device = 0; device < devices; ++device) {
    const std::vector<DevicePacket> line = line_of(device, days - 1, Cover::replayed),
                                    kept = keep(*trained, line);
    std::printf("line %zu: keeps %.1f %% of the cover, %.1f %% of the device\n", device,
                100 * share_of(kept, line, true), 100 * share_of(kept, line, false));
    EXPECT_LT(share_of(kept, line, true), 0.05);
    EXPECT_GT(share_of(kept, line, false), 0.95);
  }
}

TEST(RepeatFilter, keeps_all_where_imitations_repeat_nothing) {
  SCOPED_TRACE("seeds 1 of the days, 100 to 120 of the imitations, 7 of the training");
  Notes notes;
  const auto trained = RepeatFilter({}).train(training(Cover::fresh), 7, notes);
  ASSERT_EQ(notes.texts.size(), 1u);
  EXPECT_THAT(notes.texts[0], testing::StartsWith("repeat_filter keeps all packets: "));
  const std::vector<DevicePacket> line = line_of(0, days - 1, Cover::fresh);
  EXPECT_EQ(keep(*trained, line), line);
}

TEST(RepeatFilter, keeps_all_where_nothing_was_recorded_or_one_kind_alone) {
  SCOPED_TRACE("seeds 1 of the days, 7 of the training");
  Notes notes;
  const std::vector<DevicePacket> line = day_of(0, 1, begin_of(1));
  EXPECT_EQ(keep(*RepeatFilter({}).train({}, 7, notes), line), line);
  EXPECT_EQ(
      keep(*RepeatFilter({}).train(std::vector<Excerpt>{{0, 0, day_of(0, 1, begin_of(0))}}, 7, notes), line),
      line);
}

TEST(RepeatFilter, does_not_depend_on_cuts_nor_on_the_flags_it_is_shown) {
  SCOPED_TRACE("seeds 1 of the days, 7 of the training");
  fingerprint::Observer observer;
  const auto trained = RepeatFilter({}).train(training(Cover::replayed), 7, observer);
  std::vector<DevicePacket> line = line_of(0, days - 1, Cover::replayed);
  for (DevicePacket& packet : line) packet.dummy = false;
  const std::vector<DevicePacket> whole = keep(*trained, line);
  EXPECT_LT(whole.size(), line.size() / 2);
  for (const std::size_t part : {1, 100}) EXPECT_EQ(keep(*trained, line, part), whole) << part;
}

TEST(Recordings, a_line_is_no_repetition_of_itself) {
  SCOPED_TRACE("seed 1 of the day");
  Recordings recordings({});
  const std::vector<DevicePacket> line = day_of(0, 1, begin_of(0));
  recordings.add(line);
  recordings.finish();
  EXPECT_THAT(recordings.explain(line), testing::Each(0u));
  std::vector<DevicePacket> tomorrow = line;
  for (DevicePacket& packet : tomorrow) packet.time += traffic::day;
  EXPECT_THAT(recordings.explain(tomorrow), testing::Each(testing::Gt(100u)));
}

}  // namespace
}  // namespace ipet::attack::test
