// What holds under "ticks" whatever the generators and the traffic.
#include <map>

#include <gtest/gtest.h>

#include "stages/traffic/day.hpp"
#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

constexpr Nanoseconds omega = 100 * millisecond, active = 5 * traffic::second;
constexpr std::int64_t slots = 40;

struct Case {
  std::uint64_t seed;
  std::vector<DevicePacket> user;
  std::shared_ptr<Perturbations> perturbations;
};

/// Generators of random limits, rows of both rules, random traffic.
std::vector<Case> random_cases(std::uint64_t count) {
  std::vector<Case> cases;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    traffic::Random random(seed);
    const double packets = random.uniform(1, 30), bytes = random.uniform(1, 3000);
    cases.push_back({seed, random_user(seed, 200),
                     varied({"plug"}, packets, bytes, seed,
                            seed % 2 == 0 ? generator::RowKind::free : generator::RowKind::feasible)});
  }
  return cases;
}

TEST(TicksProperties, user_packets_come_out_untouched_and_in_order) {
  for (const Case& c : random_cases(20)) {
    SCOPED_TRACE("seed " + std::to_string(c.seed));
    const Mixed mixed = mix(c.perturbations, "plug", c.user, 0, ticks());
    EXPECT_EQ(mixed.only(false), c.user);
    EXPECT_GT(mixed.packets.size(), c.user.size());
    for (std::size_t i = 1; i < mixed.packets.size(); ++i) {
      const DevicePacket &before = mixed.packets[i - 1], &packet = mixed.packets[i];
      ASSERT_LE(before.time, packet.time) << "packet " << i;
      if (before.time == packet.time && before.dummy) {
        ASSERT_TRUE(packet.dummy) << "packet " << i;
      }
    }
  }
}

TEST(TicksProperties, nothing_depends_on_how_the_input_is_cut_into_messages) {
  for (const bool published_defects : {false, true}) {
    for (const Case& c : random_cases(6)) {
      SCOPED_TRACE("seed " + std::to_string(c.seed));
      const Mixed whole = mix(c.perturbations, "plug", c.user, 0, ticks(published_defects));
      for (const std::size_t message : {1, 2, 7, 64}) {
        const Mixed cut = mix(c.perturbations, "plug", c.user, message, ticks(published_defects));
        EXPECT_EQ(cut.packets, whole.packets) << "messages of " << message;
        EXPECT_EQ(cut.summary.dummy[0].wire_bytes, whole.summary.dummy[0].wire_bytes);
        EXPECT_EQ(cut.summary.lost, whole.summary.lost);
      }
    }
  }
}

TEST(TicksProperties, dummies_are_sent_in_active_periods_and_five_seconds_after_only) {
  for (const bool published_defects : {false, true}) {
    for (const Case& c : random_cases(20)) {
      SCOPED_TRACE("seed " + std::to_string(c.seed));
      for (const DevicePacket& dummy :
           mix(c.perturbations, "plug", c.user, 0, ticks(published_defects)).only(true)) {
        const auto after = std::ranges::upper_bound(c.user, dummy.time, {}, &DevicePacket::time);
        ASSERT_NE(after, c.user.begin()) << "before the first packet";
        ASSERT_LT(dummy.time - std::prev(after)->time, active);
      }
    }
  }
}

/// Replays periods and vectors independently and compares each slot's dummies with its row: exactly the bytes
/// of a row that has packets, and as many dummies as it has packets, or bytes if these are fewer.
void expect_rows_are_sent(const Case& c, double day_offset_hours) {
  MixOptions options = ticks();
  options.day_offset_hours = day_offset_hours;
  const auto dummies = mix(c.perturbations, "plug", c.user, 0, options).only(true);
  const auto begins = active_periods(c.user, active);
  struct Used {
    std::uint32_t packets = 0, bytes = 0, smallest = 1 << 30, largest = 0;
  };
  std::map<std::tuple<std::size_t, std::int64_t, std::size_t>, Used> used;  // period, slot, direction
  std::size_t p = 0;
  for (const DevicePacket& dummy : dummies) {
    while (p + 1 < begins.size() && begins[p + 1] <= dummy.time) ++p;
    const auto d = static_cast<std::size_t>(dummy.direction);
    ASSERT_EQ((dummy.time - begins[p]) % omega, d == 0 ? omega / 2 : 0);
    Used& slot = used[{p, (dummy.time - begins[p]) / omega, d}];
    ++slot.packets;
    slot.bytes += dummy.size;
    slot.smallest = std::min(slot.smallest, dummy.size);
    slot.largest = std::max(slot.largest, dummy.size);
  }
  std::map<std::int64_t, std::uint64_t> vectors_of_day;
  std::vector<std::uint16_t> rows(160);
  for (p = 0; p < begins.size(); ++p) {
    const auto next = p + 1 < begins.size() ? begins[p + 1] : std::numeric_limits<Nanoseconds>::max();
    const auto last = std::prev(std::ranges::lower_bound(c.user, next, {}, &DevicePacket::time))->time;
    for (std::int64_t slot = 0; begins[p] + slot * omega < last + active; ++slot) {
      const Nanoseconds begin = begins[p] + slot * omega;
      if (slot % slots == 0) {
        const std::int64_t day =
            (begin - static_cast<Nanoseconds>(day_offset_hours * 3600) * traffic::second) / traffic::day;
        c.perturbations->for_window(0, 0, day, vectors_of_day[day]++, rows);
      }
      for (std::size_t d = 0; d < 2; ++d) {
        const std::size_t at = static_cast<std::size_t>(slot % slots) * 4 + 2 * d;
        const bool cut = d == 0 && begin + omega / 2 >= last + active;
        const std::uint32_t bytes = cut || rows[at] == 0 ? 0 : rows[at + 1];
        const Used& sent = used[{p, slot, d}];
        ASSERT_EQ(sent.bytes, bytes) << "period " << p << " slot " << slot << " direction " << d;
        ASSERT_EQ(sent.packets, bytes == 0 ? 0 : std::min(rows[at], rows[at + 1]));
        if (sent.packets == 0) continue;
        ASSERT_GT(sent.smallest, 0U);
        ASSERT_LE(sent.largest - sent.smallest, 1U) << "sizes are not equal";
      }
    }
  }
}

TEST(TicksProperties, every_slot_sends_its_row_to_the_byte_and_never_more) {
  for (const Case& c : random_cases(12)) {
    SCOPED_TRACE("seed " + std::to_string(c.seed));
    expect_rows_are_sent(c, 0);
  }
}

TEST(TicksProperties, days_count_their_vectors_from_0_again) {
  Case c{7, random_user(7, 1500), varied({"plug"}, 4, 100, 7)};
  // 22:27 UTC; random traffic begins at 22:13:20.
  const double day_offset_hours = 22.45;
  ASSERT_LT(traffic::day_of(c.user.front().time, day_offset_hours),
            traffic::day_of(c.user.back().time, day_offset_hours));
  expect_rows_are_sent(c, day_offset_hours);
}

TEST(TicksProperties, another_capture_device_or_seed_gives_other_vectors) {
  const auto user = random_user(3, 50);
  const auto perturbations = varied({"plug", "lamp"}, 4, 100, 3);
  const auto first = mix(perturbations, "plug", user, 0, ticks()).packets;
  EXPECT_EQ(mix(perturbations, "plug", user, 0, ticks()).packets, first);
  EXPECT_NE(mix(perturbations, "plug", user, 0, ticks(), 1).packets, first);
  EXPECT_NE(mix(perturbations, "lamp", user, 0, ticks()).packets, first);
}

TEST(TicksProperties, an_hour_of_activity_leaves_in_batches_of_bounded_size) {
  MixOptions options = ticks();
  options.batch = 1000;
  options.active = std::chrono::hours(2);
  const Mixed mixed = mix(fixed("plug", {4, 100, 4, 100}), "plug", random_user(1, 1), 0, options);
  ASSERT_GT(mixed.batches.size(), 100U);
  for (std::size_t i = 1; i + 1 < mixed.batches.size(); ++i) EXPECT_EQ(mixed.batches[i], 1000U);
}

}  // namespace
}  // namespace ipet::defence::test
