// Fingerprinting networks on windows as attackers.
#include "stages/attack_networks/window_attacker.hpp"

#include <gtest/gtest.h>

#include "stages/fingerprint/mlp.hpp"
#include "stages/model/table_model.hpp"
#include "tests/attack/messages.hpp"
#include "tests/attack_networks/devices.hpp"

namespace ipet::attack::test {
namespace {

WindowAttacker mlp(bool silence) {
  WindowAttackerOptions options;
  options.windows.total_time = std::chrono::seconds(2);
  options.silence = silence;
  options.max_epochs = 30;
  options.batch = 16;
  return {std::make_shared<fingerprint::MlpFactory>(fingerprint::MlpOptions{}), "mlp", options};
}

TEST(WindowAttacker, tells_sizes_apart) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the lines, 7 of the training");
  const WindowAttacker attacker = mlp(true);
  EXPECT_EQ(attacker.title(), "mlp");
  EXPECT_GT(accuracy(attacker, lines(attacker.view(), 2, 1), lines(attacker.view(), 2, 2),
                     lines(attacker.view(), 2, 3), 2),
            0.9);
}

TEST(WindowAttacker, does_not_know_silence_where_it_is_told_so) {
  SCOPED_TRACE("seeds 1, 2 and 3 of the windows, 7 of the training");
  // Windows that differ in the silence before them alone.
  const auto silent = [](const View& view, std::uint64_t seed) {
    Rows rows;
    rows.width = view.columns().size();
    traffic::Random random(seed);
    for (std::size_t i = 0; i < 300; ++i) {
      std::vector<float> row(rows.width, 0.0F);
      for (float& value : row) value = static_cast<float>(random.below(3));
      row.back() = static_cast<float>(i % 2 == 0 ? 1 : 100);
      rows.values.insert(rows.values.end(), row.begin(), row.end());
      rows.start.push_back(static_cast<Nanoseconds>(i));
      rows.line.push_back(0);
      rows.label.push_back(static_cast<std::uint16_t>(i % 2));
    }
    return rows;
  };
  for (const bool silence : {true, false}) {
    const WindowAttacker attacker = mlp(silence);
    const double right = accuracy(attacker, silent(attacker.view(), 1), silent(attacker.view(), 2),
                                  silent(attacker.view(), 3), 2);
    if (silence) {
      EXPECT_GT(right, 0.95);
    } else {
      EXPECT_LT(right, 0.65);
      EXPECT_EQ(attacker.title(), "mlp without silence");
    }
  }
}

TEST(WindowAttacker, says_what_is_wrong) {
  struct Table : fingerprint::TableModel {
    [[nodiscard]] fingerprint::ModelInput input() const override {
      return fingerprint::ModelInput::aggregates;
    }
    [[nodiscard]] std::vector<fingerprint::NamedArray> fit(const fingerprint::FeatureTable&,
                                                           const fingerprint::FeatureTable&, std::size_t,
                                                           std::uint64_t,
                                                           std::vector<fingerprint::EpochRecord>&,
                                                           fingerprint::Observer&) const override {
      return {};
    }
    [[nodiscard]] std::vector<float> probabilities(const std::vector<fingerprint::NamedArray>&,
                                                   const fingerprint::FeatureTable&,
                                                   std::size_t) const override {
      return {};
    }
  };
  EXPECT_EQ(message([] { WindowAttacker(std::make_shared<Table>(), "forest", {}); }),
            "model 'forest' looks at aggregates, not at windows");
  fingerprint::Observer observer;
  EXPECT_EQ(message([&] { (void)mlp(true).train({}, {}, 3, 7, observer); }),
            "attacker 'mlp' has no rows to train on");
}

}  // namespace
}  // namespace ipet::attack::test
