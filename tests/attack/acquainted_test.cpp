// Attackers that learn from undefended traffic before they are trained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/attack/aggregate_attacker.hpp"
#include "stages/attack/clock_attacker.hpp"
#include "stages/attack/vocabulary_attacker.hpp"
#include "tests/attack/beats.hpp"
#include "tests/attack/messages.hpp"
#include "tests/attack/table_models.hpp"

namespace ipet::attack::test {
namespace {

using testing::SizeIs;

const Interval afternoon{noon, noon + 2 * hour, noon}, day_before{noon - 4 * hour, noon, noon - traffic::day};
const std::vector<DevicePacket> of_first = beats(noon - 4 * hour, minute, noon, 31),
                                of_second = beats(noon - 4 * hour, 70 * s, noon, 45);
const std::vector<CleanRecording> recordings{{0, day_before, of_first}, {1, day_before, of_second}};

TEST(Acquainted, attackers_see_more_and_others_have_nothing_to_learn) {
  const ClockAttacker clocks(boosting(), "gradient_boosting");
  EXPECT_THAT(clocks.view().columns(), SizeIs(1));
  EXPECT_THAT(clocks.acquainted(recordings, 2)->view().columns(), SizeIs(1 + 2 * 13));
  EXPECT_EQ(clocks.acquainted(recordings, 2)->title(), "clocks 15 min");
  const VocabularyAttacker vocabulary(boosting(), "gradient_boosting");
  EXPECT_THAT(vocabulary.view().columns(), SizeIs(9));
  EXPECT_THAT(vocabulary.acquainted(recordings, 2)->view().columns(), SizeIs(9 + 2 * 9));
  EXPECT_EQ(AggregateAttacker(boosting(), "gradient_boosting").acquainted(recordings, 2), nullptr);
}

/// Lines of the two devices, on each of which both beat: its own goes on from before noon, the other one
/// begins anew.
Rows learned_rows(const View& view, std::uint64_t seed) {
  traffic::Random random(seed);
  Rows rows;
  for (std::size_t line = 0; line < 40; ++line) {
    const auto draw = [&] { return static_cast<Nanoseconds>(random.uniform(0, 60e9)); };
    const Nanoseconds phases[] = {draw(), draw()};
    const auto both = [&](Nanoseconds begin, Nanoseconds one, Nanoseconds two) {
      return together(beats(begin + one, minute, begin + 2 * hour, 31),
                      beats(begin + two, 70 * s, begin + 2 * hour, 45));
    };
    // Two hours are 120 minutes, and ten seconds less than 103 times 70 s.
    const bool is_first = line % 2 == 0;
    append(
        rows,
        look(view, afternoon,
             both(noon, is_first ? phases[0] : draw(), is_first ? draw() : (phases[1] + 10 * s) % (70 * s)),
             0, both(noon - 2 * hour, phases[0], phases[1])),
        line);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) rows.label[i] = static_cast<std::uint16_t>(rows.line[i] % 2);
  return rows;
}

TEST(Acquainted, clock_attacker_names_the_device_whose_timer_went_on_over_midnight) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the lines, 7 of the training");
  const auto attacker = ClockAttacker(boosting(), "gradient_boosting").acquainted(recordings, 2);
  fingerprint::Observer observer;
  const auto trained =
      attacker->train(learned_rows(attacker->view(), 1), learned_rows(attacker->view(), 2), 2, 7, observer);
  const Rows unseen = learned_rows(attacker->view(), 3);
  EXPECT_GT(accuracy(trained->probabilities(unseen), unseen, 2), 0.95);
}

TEST(Acquainted, attackers_that_know_nobody_still_attack) {
  const ClockAttacker attacker(boosting(), "gradient_boosting");
  fingerprint::Observer observer;
  const auto trained = attacker.train(learned_rows(attacker.view(), 1), {}, 2, 7, observer);
  EXPECT_THAT(trained->probabilities(learned_rows(attacker.view(), 2)), SizeIs(2 * 40 * 8));
}

}  // namespace
}  // namespace ipet::attack::test
