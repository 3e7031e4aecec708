// No slot of any vector sends more packets or bytes than the perturbation allows.
#include <map>

#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

constexpr Nanoseconds window = 4 * traffic::second, omega = 100 * millisecond;

struct Used {
  std::uint64_t packets = 0, bytes = 0;
};

/// Begins of the vectors, found again from the user packets by the rule of mixer.hpp.
std::vector<Nanoseconds> vector_begins(const std::vector<DevicePacket>& user) {
  std::vector<Nanoseconds> begins = {user.front().time};
  for (std::size_t i = 1; i < user.size(); ++i) {
    while (begins.back() + window < user[i].time) begins.push_back(begins.back() + window);
    if (user[i].time - user[i - 1].time >= window) begins.push_back(user[i].time);
  }
  return begins;
}

/// Replays the vectors independently and compares each slot's dummies with its row.
void expect_budgets_hold(const std::shared_ptr<Perturbations>& perturbations,
                         const std::vector<DevicePacket>& user, bool cap_packets) {
  MixOptions options;
  options.published_defects = !cap_packets;
  const auto dummies = mix(perturbations, "plug", user, 0, options).only(true);
  const auto begins = vector_begins(user);
  std::map<std::pair<std::size_t, Nanoseconds>, Used> used;  // [vector, slot * 2 + direction]
  std::size_t v = 0;
  for (const DevicePacket& dummy : dummies) {
    while (v + 1 < begins.size() && begins[v + 1] <= dummy.time) ++v;
    Used& slot = used[{v, (dummy.time - begins[v]) / omega * 2 + static_cast<int>(dummy.direction)}];
    ++slot.packets;
    slot.bytes += dummy.size;
  }
  std::map<std::int64_t, std::uint64_t> vectors_of_day;
  std::uint64_t spent = 0, beyond = 0;
  for (v = 0; v < begins.size(); ++v) {
    const std::int64_t day = begins[v] / traffic::day;
    std::vector<std::uint16_t> rows(160);
    perturbations->for_window(0, 0, day, vectors_of_day[day]++, rows);
    for (std::size_t i = 0; i < 80; ++i) {
      const Used slot = used[{v, static_cast<Nanoseconds>(i)}];
      if (cap_packets) {
        ASSERT_LE(slot.packets, rows[2 * i]) << "vector " << v << " slot " << i / 2;
      }
      ASSERT_LE(slot.bytes, rows[2 * i + 1]) << "vector " << v << " slot " << i / 2;
      spent += slot.packets;
      beyond += slot.packets > rows[2 * i];
    }
  }
  EXPECT_EQ(spent, dummies.size()) << "dummies outside of every slot";
  if (!cap_packets) {
    EXPECT_GT(beyond, 0U);
  }
}

TEST(MixingBudget, holds_in_every_slot_for_packets_and_bytes) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    traffic::Random random(seed);
    const auto perturbations = varied({"plug"}, random.uniform(1, 30), random.uniform(1, 3000), seed);
    expect_budgets_hold(perturbations, random_user(seed, 200), true);
  }
}

TEST(MixingBudget, holds_past_midnight_where_windows_are_counted_from_0_again) {
  const Nanoseconds evening = 19'675 * traffic::day - 600 * traffic::second;
  const DevicePacket packet{evening, 100, Direction::out, Protocol::tcp, false};
  DevicePacket later = packet;
  later.time += 1200 * traffic::second;
  expect_budgets_hold(varied({"plug"}, 4, 100, 3), {packet, later}, true);
}

TEST(MixingBudget, holds_for_bytes_when_packets_are_left_to_chance_as_published) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_budgets_hold(varied({"plug"}, 4, 100, seed), random_user(seed, 200), false);
  }
}

}  // namespace
}  // namespace ipet::defence::test
