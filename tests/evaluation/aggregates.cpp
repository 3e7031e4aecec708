// Models on aggregates are scored like networks: by a table model so simple that all can be worked out.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/dataset/split.hpp"
#include "stages/evaluation/evaluation.hpp"
#include "stages/fingerprint/table_training.hpp"

namespace ipet::evaluation {
namespace {

using fingerprint::FeatureTable;
using fingerprint::NamedArray;
using fingerprint::Part;

/// Names the device whose mean number of out_tcp_packets is nearest.
class Nearest final : public fingerprint::TableModel {
 public:
  fingerprint::ModelInput input() const override { return fingerprint::ModelInput::aggregates; }
  std::vector<NamedArray> fit(const FeatureTable& training, const FeatureTable&, std::size_t classes,
                              std::uint64_t, std::vector<fingerprint::EpochRecord>&,
                              fingerprint::Observer&) const override {
    std::vector<float> sum(classes), count(classes);
    for (std::size_t i = 0; i < training.size(); ++i) {
      sum[training.label[i]] += training.values[i * training.columns.size()];
      ++count[training.label[i]];
    }
    for (std::size_t c = 0; c < classes; ++c) sum[c] /= count[c];
    return {{"mean", {static_cast<std::int64_t>(classes)}, sum}};
  }
  std::vector<float> probabilities(const std::vector<NamedArray>& parameters, const FeatureTable& rows,
                                   std::size_t classes) const override {
    std::vector<float> p;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t c = 0; c < classes; ++c)
        p.push_back(1 / (1 + std::abs(rows.values[i * rows.columns.size()] - parameters.at(0).values[c])));
    }
    return p;
  }
};

/// Ten days of three devices, four aggregates a day; device d sends 10 (d + 1) packets in each, or those of
/// the next device when `swap`.
windows::AggregateSet aggregate_home(bool swap) {
  windows::AggregateSet set;
  set.bin = 900;
  set.devices = {"bulb", "camera", "plug"};
  set.captures = {"week"};
  for (std::uint16_t d = 0; d < 3; ++d) {
    for (int i = 0; i < 40; ++i) {
      std::vector<float> row(windows::aggregate_columns);
      row[0] = 10.0F * static_cast<float>((d + (swap ? 1 : 0)) % 3 + 1);
      set.features.insert(set.features.end(), row.begin(), row.end());
      set.start.push_back(i / 4 * traffic::day + i % 4 * 900 * traffic::second);
      set.device.push_back(d);
      set.capture.push_back(0);
    }
  }
  return set;
}

fingerprint::TrainedModel aggregate_discriminator(const windows::AggregateSet& set) {
  fingerprint::SplitOptions options;
  options.mode = fingerprint::SplitMode::day;
  const fingerprint::SplitRecord split = fingerprint::decide_split(set, options).record;
  std::vector<std::size_t> all(set.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::size_t unknown = 0;
  fingerprint::Observer observer;
  auto model = fingerprint::train(
      std::make_shared<const Nearest>(),
      fingerprint::gather(set, fingerprint::select(split, set, all, Part::training), set.devices, unknown),
      FeatureTable{}, set.devices, 1, observer);
  model.model = "nearest";
  model.omega = set.bin;
  model.split = split;
  return model;
}

struct Listener : fingerprint::Observer {
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  std::vector<std::string> warnings;
};

TEST(EvaluationOnAggregates, HasTheRowsOfAnyAttacker) {
  const windows::AggregateSet clean = aggregate_home(false), defended = aggregate_home(true);
  Listener listener;
  const EvaluationReport report =
      evaluate(clean, aggregate_discriminator(clean), defended, nullptr, {}, listener);
  EXPECT_THAT(listener.warnings,
              testing::ElementsAre(testing::HasSubstr("test aggregates, so that scores of these devices say "
                                                      "little: bulb 8, camera 8,\nplug 8;")));
  ASSERT_EQ(report.scores.size(), 3U);
  EXPECT_EQ(report.scores[0].defence + "/" + report.scores[0].attacker, "none/static nearest");
  EXPECT_EQ(report.scores[1].defence + "/" + report.scores[1].attacker, "perturbation/static nearest");
  EXPECT_EQ(report.scores[2].defence + "/" + report.scores[2].attacker, "perturbation/retrained nearest");
  EXPECT_EQ(report.scores[0].accuracy, 1);
  EXPECT_EQ(report.scores[1].accuracy, 0);
  EXPECT_EQ(report.scores[2].accuracy, 1);
  EXPECT_EQ(report.scores[0].windows, 24U);  // two of ten days, four aggregates of three devices each
  EXPECT_EQ(report.scores[1].confusion, (std::vector<std::uint64_t>{0, 8, 0, 0, 0, 8, 8, 0, 0}));
  EXPECT_EQ(report.rows, "aggregates");
  EXPECT_THAT(table(report), testing::HasSubstr("of 3 devices, by aggregates of their traffic:\n"));
}

TEST(EvaluationOnAggregates, LeavesOutDevicesThatTheModelDoesNotKnow) {
  const windows::AggregateSet clean = aggregate_home(false);
  windows::AggregateSet other = aggregate_home(false);
  other.devices[1] = "doorbell";
  Listener listener;
  const EvaluationReport report =
      evaluate(other, aggregate_discriminator(clean), std::nullopt, nullptr, {}, listener);
  EXPECT_EQ(report.scores.at(0).windows, 16U);
  EXPECT_THAT(
      listener.warnings,
      testing::ElementsAre("8 undefended test aggregates belong to devices that the discriminator does "
                           "not know; they are left out",
                           testing::HasSubstr("say little: bulb 8, camera 0,\nplug 8;")));
}

TEST(EvaluationOnAggregates, TakesSoManyOfEachDevice) {
  const windows::AggregateSet clean = aggregate_home(false);
  EvaluationOptions options;
  options.max_windows_per_device = 10;
  Listener listener;
  (void)evaluate(clean, aggregate_discriminator(clean), std::nullopt, nullptr, options, listener);
  EXPECT_THAT(listener.warnings,
              testing::Contains("max_windows_per_device leaves out undefended aggregates of: "
                                "bulb, camera, plug"));
}

template <class Set>
std::string aggregate_refusal(const Set& rows, const fingerprint::TrainedModel& model) {
  fingerprint::Observer observer;
  try {
    (void)evaluate(rows, model, std::nullopt, nullptr, {}, observer);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(EvaluationOnAggregates, OfAnotherLengthIsRefused) {
  const fingerprint::TrainedModel model = aggregate_discriminator(aggregate_home(false));
  windows::AggregateSet longer = aggregate_home(false);
  longer.bin = 1800;
  EXPECT_EQ(aggregate_refusal(longer, model),
            "the undefended aggregates span 1800 s, those that the discriminator was trained on 900 s");
}

TEST(EvaluationOnAggregates, RefusesAModelOfTheOtherKind) {
  fingerprint::TrainedModel on_windows = aggregate_discriminator(aggregate_home(false));
  on_windows.slots = 40;
  EXPECT_EQ(aggregate_refusal(aggregate_home(false), on_windows),
            "the discriminator was trained on windows, not on undefended aggregates");
  windows::WindowSet windows;
  windows.slots = 40;
  EXPECT_EQ(aggregate_refusal(windows, aggregate_discriminator(aggregate_home(false))),
            "the discriminator was trained on aggregates, not on undefended windows");
}

TEST(TableTraining, RefusesOtherColumnsThanThoseOfTheTraining) {
  fingerprint::TrainedModel model = aggregate_discriminator(aggregate_home(false));
  model.features = {"a", "b"};
  FeatureTable rows;
  rows.columns = {"a", "c"};
  try {
    (void)fingerprint::probabilities(model, rows);
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "model 'nearest' was trained on the columns a, b, and is asked about a, c");
  }
}

TEST(TableTraining, NeedsRows) {
  fingerprint::Observer observer;
  EXPECT_THROW((void)fingerprint::train(std::make_shared<const Nearest>(), FeatureTable{}, FeatureTable{},
                                        {"a"}, 1, observer),
               std::runtime_error);
}

TEST(SplitOfAggregates, SpeaksOfAggregates) {
  windows::AggregateSet set = aggregate_home(false);
  for (traffic::Nanoseconds& start : set.start) start %= 2 * traffic::day;
  fingerprint::SplitOptions options;
  options.mode = fingerprint::SplitMode::day;
  EXPECT_THAT(fingerprint::decide_split(set, options).warnings,
              testing::Contains(testing::HasSubstr("the aggregates span 2 days")));
}

}  // namespace
}  // namespace ipet::evaluation
