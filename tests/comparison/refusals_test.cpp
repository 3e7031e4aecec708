// What a comparison refuses before anything is trained.
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

std::string refusal(const std::function<void(ComparisonInputs&, ComparisonOptions&)>& change) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 4));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(1)}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
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
            "matched_to: there is no defence 'none' to compare; there are 'dummies'");
  EXPECT_EQ(refusal([](auto&, auto& options) { options.example_defence = "chorus"; }),
            "example_defence: there is no defence 'chorus' to compare; there are 'dummies'");
}

TEST(Refusals, name_what_is_there_twice_and_would_be_added_up) {
  EXPECT_EQ(refusal([](auto& in, auto&) { in.attackers.push_back(in.attackers.front()); }),
            "attackers: two are called 'nearest mean'; give them a 'title'");
  EXPECT_EQ(refusal([](auto& in, auto&) { in.defences.push_back(in.defences.front()); }),
            "defences: 'dummies' is the name of two; 'none' stands for no defence");
  EXPECT_EQ(refusal([](auto&, auto& options) {
              options.votes = {std::chrono::hours(1), std::chrono::minutes(5), std::chrono::hours(1)};
            }),
            "vote_minutes: 60 is there twice");
  EXPECT_EQ(refusal([](auto&, auto& options) {
              options.intensities = {0.5, 0.5};
            }),
            "intensities: 0.5 is there twice");
}

TEST(Warnings, name_a_defence_that_has_not_learned_when_lines_begin) {
  class Learner final : public defence::Defence {
   public:
    explicit Learner(Nanoseconds ready) : ready_(ready) {}
    [[nodiscard]] Nanoseconds ready_from(const defence::Resources&) const override { return ready_; }
    [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                   const defence::Line& line) const override {
      return RandomDummies(0).schedule(resources, line);
    }

   private:
    Nanoseconds ready_;
  };
  struct Listener : fingerprint::Observer {
    void warn(std::string_view text) override { warnings.emplace_back(text); }
    std::vector<std::string> warnings;
  };
  // Two devices on four days, the first of which is for warming up.
  const auto traces = home({{"cam", 30, 300}, {"plug", 60, 250}}, 4);
  const Nanoseconds first = traces->traces.front().packets.front().time, day = 86'400 * traffic::second;
  const auto warnings = [&](Nanoseconds ready) {
    ComparisonInputs in = inputs(traces);
    in.defences = {{"learner", std::make_shared<Learner>(ready)}};
    ComparisonOptions options;
    options.lines.split = fingerprint::SplitMode::day;
    options.levels = {Level::T2};
    Listener listener;
    const auto notes = compare(in, options, listener).report.notes;
    EXPECT_EQ(notes, listener.warnings);
    return listener.warnings;
  };
  const std::string begin = " lines for training or testing begin before it has learned enough to cover them";
  EXPECT_EQ(warnings(first + 3 * day / 2), std::vector<std::string>{"learner: 2 of 6" + begin});
  EXPECT_EQ(
      warnings(first + 9 * day),
      std::vector<std::string>{"learner: 6 of 6" + begin +
                               ", so that its scores are those of no defence; it needs recordings of earlier "
                               "days"});
}

}  // namespace
}  // namespace ipet::comparison
