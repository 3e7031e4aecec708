// Deep fingerprinting: what it learns, that it can be repeated, and its errors.
#include "stages/attack_networks/df.hpp"

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include "tests/attack/messages.hpp"
#include "tests/attack_networks/devices.hpp"

namespace ipet::attack::test {
namespace {

DfOptions small() {
  DfOptions options;
  options.length = 8;
  options.minutes = 1;
  options.batch = 16;
  options.max_epochs = 7;
  return options;
}

TEST(Df, guesses_where_labels_are_permuted) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the lines, 4, 5 and 6 of the labels, 7 of the training");
  const Df attacker(small());
  Rows training = lines(attacker.view(), 2, 1), validation = lines(attacker.view(), 2, 2);
  permute(training, 2, 4);
  permute(validation, 2, 5);
  Rows test = lines(attacker.view(), 2, 3);
  permute(test, 2, 6);
  const double right = accuracy(attacker, training, validation, test, 2);
  EXPECT_GT(right, 0.33);  // of 150 sequences: chance 0.5, deviation 0.041
  EXPECT_LT(right, 0.67);
}

TEST(Df, sees_what_it_is_told_to_see) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the lines, 7 of the training");
  // Devices differ in sizes alone: times say nothing.
  DfOptions options = small();
  for (const DfInput input : {DfInput::size, DfInput::time}) {
    const std::string word = input == DfInput::size ? "size" : "time";
    SCOPED_TRACE(word);
    options.input = input;
    const Df attacker(options);
    EXPECT_EQ(attacker.title(), "df of " + word + "s");
    const double right = accuracy(attacker, lines(attacker.view(), 2, 1), lines(attacker.view(), 2, 2),
                                  lines(attacker.view(), 2, 3), 2);
    if (input == DfInput::time) {
      EXPECT_LT(right, 0.67);
    } else {
      EXPECT_GT(right, 0.9);
    }
  }
}

TEST(Df, is_the_same_for_any_number_of_threads) {
  SCOPED_TRACE("seeds 1 of the lines, 7 of the training");
  DfOptions options = small();
  options.max_epochs = 1;
  const Df attacker(options);
  const Rows rows = lines(attacker.view(), 2, 1);
  std::vector<std::vector<float>> answers(4);
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    tbb::parallel_for(std::size_t{0}, std::size_t{2}, [&](std::size_t i) {
      fingerprint::Observer observer;
      answers[2 * threads - 2 + i] = attacker.train(rows, rows, 2, 7, observer)->probabilities(rows);
    });
  }
  for (const auto& answer : answers) EXPECT_EQ(answer, answers[0]);
}

TEST(Df, says_what_is_wrong) {
  const Df attacker(small());
  fingerprint::Observer observer;
  EXPECT_EQ(message([&] { (void)attacker.train({}, {}, 3, 7, observer); }),
            "attacker 'df' has fewer than two rows to train on");
}

}  // namespace
}  // namespace ipet::attack::test
