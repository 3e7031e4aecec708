// The known weakness of the published schedule (stages/comparison/RESULTS.md): its grid gives the dummies
// away.
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

constexpr Nanoseconds grid = 50 * millisecond;

struct Share {
  std::uint64_t removed = 0, all = 0;
  [[nodiscard]] double percent() const {
    return 100.0 * static_cast<double>(removed) / static_cast<double>(all);
  }
};

/// What an observer removes who drops packets of up to 100 bytes at multiples of 50 ms after the first packet
/// of an active period. Index 0: user packets, 1: dummies.
std::array<Share, 2> filter(const std::vector<DevicePacket>& packets,
                            const std::vector<Nanoseconds>& begins) {
  std::array<Share, 2> shares;
  for (const DevicePacket& packet : packets) {
    const Nanoseconds begin = *std::prev(std::ranges::upper_bound(begins, packet.time));
    Share& share = shares[packet.dummy ? 1 : 0];
    ++share.all;
    share.removed += packet.size <= 100 && (packet.time - begin) % grid == 0 ? 1 : 0;
  }
  return shares;
}

/// Sum over seeds of random traffic and generators with the published limits, 4 packets and 100 bytes.
std::array<Share, 2> shares_of(const MixOptions& options, generator::RowKind rows) {
  std::array<Share, 2> total;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto user = random_user(seed, 300);
    const auto begins = active_periods(user, 5 * traffic::second);
    const auto one =
        filter(mix(varied({"plug"}, 4, 100, seed, rows), "plug", user, 0, options).packets, begins);
    for (std::size_t i = 0; i < 2; ++i) {
      total[i].removed += one[i].removed;
      total[i].all += one[i].all;
    }
  }
  return total;
}

void print(const char* schedule, const std::array<Share, 2>& shares) {
  std::printf("%-28s the filter removes %6.2f %% of %llu dummies and %5.2f %% of %llu user packets\n",
              schedule, shares[1].percent(), static_cast<unsigned long long>(shares[1].all),
              shares[0].percent(), static_cast<unsigned long long>(shares[0].all));
}

TEST(Weakness, a_filter_on_the_50_ms_grid_removes_the_dummies_of_ticks_and_few_of_continuous) {
  MixOptions published;
  published.published_defects = true;
  const auto defective = shares_of(ticks(true), generator::RowKind::free),
             corrected = shares_of(ticks(), generator::RowKind::feasible),
             random = shares_of(published, generator::RowKind::free),
             continuous = shares_of({}, generator::RowKind::feasible);
  print("ticks, published_defects:", defective);
  print("ticks:", corrected);
  print("continuous, as published:", random);
  print("continuous:", continuous);
  EXPECT_GE(defective[1].percent(), 99.9);
  EXPECT_GE(corrected[1].percent(), 99.9);
  // Two of its 20 sub-ticks lie on the grid, and only while a vector begins on it.
  EXPECT_LE(random[1].percent(), 15);
  EXPECT_LE(continuous[1].percent(), 15);
  for (const auto& shares : {defective, corrected, random, continuous}) {
    EXPECT_GT(shares[1].all, 10'000U);
    EXPECT_LE(shares[0].percent(), 20) << "the filter removes the user's packets too";
  }
}

}  // namespace
}  // namespace ipet::defence::test
