// The negative controls of stages/evaluation/README.md "Protocol", point 5, on a home whose devices are easy
// to tell apart.
#include <gtest/gtest.h>

#include "stages/padding/ilp.hpp"
#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

/// Cells of 100 bytes, ten a second in each direction, whatever the device sends.
class EqualCells final : public defence::Defence {
 public:
  [[nodiscard]] bool delays() const override { return true; }
  [[nodiscard]] std::unique_ptr<defence::Shaper> shaper(const defence::Resources&,
                                                        const defence::Line&) const override {
    return std::make_unique<defence::Ilp>(defence::IlpOptions{});
  }
};

const std::vector<Beat> four = {{"cam", 2, 300}, {"plug", 60, 50}, {"bulb", 10, 80}, {"hub", 5, 120}};

Comparison control_run() {
  ComparisonInputs in = inputs(home(four, 5));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(1)}, {"ilp", std::make_shared<EqualCells>()}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T0, Level::T2};
  options.repeats = 2;
  options.controls = true;
  options.seed = 5;
  fingerprint::Observer observer;
  return compare(in, options, observer);
}

TEST(NegativeControls, hold) {
  const auto report = control_run().report;
  const auto* clean = find(report, "none", "own", "T2", "nearest mean");
  const auto* permuted = find(report, "none", "permuted labels", "T2", "nearest mean");
  const auto* removed = find(report, "dummies", "dummies removed", "T2", "nearest mean");
  const auto* zero = find(report, "dummies", "zero budget", "T2", "nearest mean");
  const auto* cells = find(report, "ilp", "own", "T2", "nearest mean");
  for (const auto* score : {clean, permuted, removed, zero, cells}) ASSERT_NE(score, nullptr);
  EXPECT_GT(clean->macro_f1, 0.95);
  EXPECT_LT(permuted->macro_f1, 0.45);  // chance: 0.25; means of permuted rows order four classes by accident
  EXPECT_EQ(removed->confusion, clean->confusion);
  EXPECT_EQ(zero->confusion, clean->confusion);
  // Rows of one time are the same on all lines, so each names one class and is right for one line of four.
  EXPECT_DOUBLE_EQ(cells->accuracy, 0.25);
  EXPECT_LE(cells->macro_f1, 0.25);
}

}  // namespace
}  // namespace ipet::comparison
