// What a comparison refuses before anything is trained.
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

std::string refusal(const std::function<void(ComparisonInputs&, ComparisonOptions&)>& change) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 4));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(1)}};
  ComparisonOptions options;
  options.lines.split = "day";
  change(in, options);
  fingerprint::Observer observer;
  try {
    compare(in, options, observer);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Refusals, name_defences_that_are_not_compared) {
  EXPECT_EQ(refusal([](auto&, auto& options) { options.matched_to = "none"; }),
            "matched_to: there is no defence 'none' to compare");
  EXPECT_EQ(refusal([](auto&, auto& options) { options.example_defence = "chorus"; }),
            "example_defence: there is no defence 'chorus' to compare");
}

TEST(Refusals, name_what_is_there_twice_and_would_be_added_up) {
  EXPECT_EQ(refusal([](auto& in, auto&) { in.attackers.push_back(in.attackers.front()); }),
            "attackers: two are called 'nearest mean'; give them a 'title'");
  EXPECT_EQ(refusal([](auto& in, auto&) { in.defences.push_back(in.defences.front()); }),
            "two defences are called 'dummies'");
  EXPECT_EQ(refusal([](auto&, auto& options) {
              options.vote_minutes = {60, 5, 60};
            }),
            "vote_minutes: 60 is there twice");
  EXPECT_EQ(refusal([](auto&, auto& options) {
              options.intensities = {0.5, 0.5};
            }),
            "intensities: 0.5 is there twice");
}

}  // namespace
}  // namespace ipet::comparison
