// Attackers that do not keep what they promise are named, and get no score.
#include <limits>

#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

/// Says of every row what it is given.
class Stubborn final : public attack::Attacker {
 public:
  explicit Stubborn(std::vector<float> answer) : answer_(std::move(answer)) {}
  [[nodiscard]] std::string title() const override { return "stubborn"; }
  [[nodiscard]] const attack::View& view() const override { return view_; }
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(const attack::Rows&, const attack::Rows&,
                                                                std::size_t, std::uint64_t,
                                                                fingerprint::Observer&) const override {
    class Same final : public attack::Classifier {
     public:
      explicit Same(std::vector<float> answer) : answer_(std::move(answer)) {}
      [[nodiscard]] std::vector<float> probabilities(const attack::Rows& rows) const override {
        std::vector<float> out;
        for (std::size_t i = 0; i < rows.size(); ++i) out.insert(out.end(), answer_.begin(), answer_.end());
        return out;
      }

     private:
      std::vector<float> answer_;
    };
    return std::make_unique<Same>(answer_);
  }

 private:
  CountView view_;
  std::vector<float> answer_;
};

/// Gives one number more from its second row on, or as many as the day says, so that lines differ.
class Growing final : public attack::View {
 public:
  explicit Growing(bool by_day) : by_day_(by_day) {}
  [[nodiscard]] std::string name() const override { return "growing"; }
  [[nodiscard]] std::vector<std::string> columns() const override { return {"a"}; }
  [[nodiscard]] std::unique_ptr<attack::FeatureExtractor> open(
      const attack::Interval& interval) const override {
    class Extractor final : public attack::FeatureExtractor {
     public:
      explicit Extractor(std::size_t day) : day_(day) {}
      void add(std::span<const traffic::DevicePacket>, const Sink&) override {}
      void end(const Sink& sink) override {
        const float row[9] = {};
        sink(0, std::span(row, day_ + 1));
        if (day_ == 0) sink(1, std::span(row, 2));
      }

     private:
      std::size_t day_;
    };
    const auto day = static_cast<std::size_t>(interval.begin / traffic::day);
    return std::make_unique<Extractor>(by_day_ ? 1 + day % 8 : 0);
  }

 private:
  bool by_day_;
};

class SeesGrowing final : public attack::Attacker {
 public:
  explicit SeesGrowing(bool by_day) : view_(by_day) {}
  [[nodiscard]] std::string title() const override { return "sees growing"; }
  [[nodiscard]] const attack::View& view() const override { return view_; }
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(
      const attack::Rows& training, const attack::Rows& validation, std::size_t classes, std::uint64_t seed,
      fingerprint::Observer& observer) const override {
    return NearestMean().train(training, validation, classes, seed, observer);
  }

 private:
  Growing view_;
};

std::string fault_of(std::shared_ptr<const attack::Attacker> attacker, Level level) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}, {"bulb", 40, 200}}, 4));
  in.attackers = {std::move(attacker)};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {level};
  fingerprint::Observer observer;
  try {
    compare(in, options, observer);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(Promises, of_probabilities_are_kept_or_the_attacker_is_named) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string promised = ": probabilities() gives [row, class], each row summing to 1";
  for (const Level level : {Level::T2, Level::T5}) {
    EXPECT_EQ(fault_of(std::make_shared<Stubborn>(std::vector{0.5F, 0.25F, 0.25F}), level), "nothing");
    EXPECT_EQ(fault_of(std::make_shared<Stubborn>(std::vector{0.5F, nan, 0.5F}), level),
              "attacker 'stubborn' gave the probability nan (row 0, class 1)" + promised);
    EXPECT_EQ(fault_of(std::make_shared<Stubborn>(std::vector{0.0F, 0.0F, 1.5F}), level),
              "attacker 'stubborn' gave the probability 1.5 (row 0, class 2)" + promised);
    const std::string few = fault_of(std::make_shared<Stubborn>(std::vector{0.5F, 0.5F}), level);
    EXPECT_TRUE(few.starts_with("attacker 'stubborn' gave ")) << few;
    EXPECT_TRUE(few.ends_with(" rows and 3 classes" + promised)) << few;
  }
}

TEST(Promises, of_views_are_kept_or_the_view_is_named) {
  const std::string promised = ": rows have a number for each of columns()";
  EXPECT_EQ(fault_of(std::make_shared<SeesGrowing>(false), Level::T2),
            "view 'growing' gave a row of 2 numbers after one of 1" + promised);
  const std::string of_lines = fault_of(std::make_shared<SeesGrowing>(true), Level::T2);
  EXPECT_TRUE(of_lines.starts_with("view 'growing' gave a row of ")) << of_lines;
  EXPECT_TRUE(of_lines.ends_with(promised)) << of_lines;
}

}  // namespace
}  // namespace ipet::comparison
