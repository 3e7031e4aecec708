// Attackers on table models.
#include "stages/attack/aggregate_attacker.hpp"

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "stages/forest/forest.hpp"
#include "tests/attack/lines.hpp"
#include "tests/attack/messages.hpp"
#include "tests/attack/table_models.hpp"

namespace ipet::attack::test {
namespace {

/// Devices send every `5 + d` seconds, packets of nearly the same size.
Rows lines(const View& view, std::size_t devices, std::uint64_t seed) {
  Rows rows;
  traffic::Random random(seed);
  for (std::size_t d = 0; d < devices; ++d) {
    std::vector<DevicePacket> packets;
    for (Nanoseconds time = noon; time < noon + 120 * minute;
         time += static_cast<Nanoseconds>((5.0 + static_cast<double>(d)) * random.uniform(0.9, 1.1) * 1e9))
      packets.push_back(out(time, static_cast<std::uint32_t>(100 + random.below(20))));
    append(rows, look(view, {noon, noon + 120 * minute, noon}, packets), d);
  }
  return rows;
}

AggregateAttackerOptions options(double minutes, bool silence = true, const std::string& title = "") {
  AggregateAttackerOptions made;
  made.minutes = minutes;
  made.silence = silence;
  made.title = title;
  return made;
}

TEST(AggregateAttacker, names_devices_by_their_rhythm) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the lines, 7 of the training");
  for (const bool trees : {false, true}) {
    const AggregateAttacker attacker(
        trees ? std::make_shared<forest::Forest>(forest::ForestOptions{20}) : boosting(), "model",
        options(1));
    fingerprint::Observer observer;
    const auto trained =
        attacker.train(lines(attacker.view(), 3, 1), lines(attacker.view(), 3, 2), 3, 7, observer);
    const Rows unseen = lines(attacker.view(), 3, 3);
    EXPECT_GT(accuracy(trained->probabilities(unseen), unseen, 3), 0.95);
  }
}

TEST(AggregateAttacker, guesses_where_labels_are_permuted) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the lines, 5 of the labels, 7 of the training");
  const AggregateAttacker attacker(boosting(), "gradient_boosting", options(1));
  fingerprint::Observer observer;
  Rows training = lines(attacker.view(), 3, 1), validation = lines(attacker.view(), 3, 2);
  traffic::Random random(std::uint64_t{5});
  for (Rows* rows : {&training, &validation})
    for (std::uint16_t& label : rows->label) label = static_cast<std::uint16_t>(random.below(3));
  const Rows unseen = lines(attacker.view(), 3, 3);
  const double right =
      accuracy(attacker.train(training, validation, 3, 7, observer)->probabilities(unseen), unseen, 3);
  EXPECT_GT(right, 0.15);
  EXPECT_LT(right, 0.55);
}

TEST(AggregateAttacker, is_the_same_for_any_number_of_threads) {
  SCOPED_TRACE("seeds 1 of the lines, 7 of the training");
  const AggregateAttacker attacker(boosting(), "gradient_boosting", options(1));
  const Rows rows = lines(attacker.view(), 3, 1);
  std::vector<std::vector<float>> answers;
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    fingerprint::Observer observer;
    answers.push_back(attacker.train(rows, {}, 3, 7, observer)->probabilities(rows));
  }
  EXPECT_EQ(answers[0], answers[1]);
}

TEST(AggregateAttacker, says_what_is_wrong) {
  struct Network : fingerprint::ModelFactory {
    [[nodiscard]] std::shared_ptr<fingerprint::Model> create(const fingerprint::ModelShape&,
                                                             traffic::Random&) const override {
      return nullptr;
    }
  };
  EXPECT_EQ(message([] { AggregateAttacker(std::make_shared<Network>(), "lstm"); }),
            "model 'lstm' looks at windows, not at aggregates");
  const AggregateAttacker attacker(boosting(), "gradient_boosting");
  fingerprint::Observer observer;
  EXPECT_EQ(message([&] { (void)attacker.train({}, {}, 3, 7, observer); }),
            "attacker 'gradient_boosting 15 min' has no rows to train on");
}

TEST(AggregateAttacker, is_named_after_its_model_and_what_it_sees) {
  EXPECT_EQ(AggregateAttacker(boosting(), "forest").title(), "forest 15 min");
  const AggregateAttacker deaf(boosting(), "forest", options(15, false));
  EXPECT_EQ(deaf.title(), "forest 15 min without silence");
  EXPECT_EQ(deaf.view().name(), "aggregates of 15 min without silence");
  const AggregateAttacker titled(boosting(), "forest", options(15, false, "own title"));
  EXPECT_EQ(titled.title(), "own title");
}

/// Both devices send one packet a minute: the second one always 0.5 s after the full minute, and the first
/// one in the middle of it. Nothing but silence tells them apart, which begins and ends each hour.
Rows lines_that_differ_in_silence(const View& view) {
  Rows rows;
  for (std::uint16_t d = 0; d < 2; ++d) {
    std::vector<DevicePacket> packets;
    for (Nanoseconds time = noon; time < noon + 240 * minute; time += minute)
      packets.push_back(out(time + (d == 0 ? minute / 2 : traffic::second / 2), 100));
    append(rows, look(view, {noon, noon + 240 * minute, noon}, packets), d);
  }
  return rows;
}

TEST(AggregateAttacker, does_not_know_silence_where_it_is_told_so) {
  SCOPED_TRACE("seed 7 of the training");
  for (const bool silence : {true, false}) {
    const AggregateAttacker attacker(boosting(), "gradient_boosting", options(5, silence));
    const Rows rows = lines_that_differ_in_silence(attacker.view());
    fingerprint::Observer observer;
    const double right = accuracy(attacker.train(rows, {}, 2, 7, observer)->probabilities(rows), rows, 2);
    if (silence)
      EXPECT_EQ(right, 1);
    else
      EXPECT_LT(right, 0.6);
  }
}

}  // namespace
}  // namespace ipet::attack::test
