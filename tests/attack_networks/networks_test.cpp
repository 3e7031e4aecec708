// Networks as attackers: what they learn, that they can be repeated, and their errors.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include "stages/attack/df.hpp"
#include "stages/attack/window_attacker.hpp"
#include "stages/fingerprint/mlp.hpp"
#include "stages/fingerprint/table_model.hpp"
#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

/// Devices whose packets all have one size: 40 of the first, 640 of the second; two minutes each.
Rows lines(const View& view, std::size_t devices, std::uint64_t seed) {
  Rows rows;
  rows.width = view.columns().size();
  traffic::Random random(seed);
  for (std::size_t d = 0; d < devices; ++d) {
    std::vector<DevicePacket> packets;
    for (Nanoseconds time = noon; time < noon + 2 * minute;
         time += static_cast<Nanoseconds>(random.exponential(2e8)))
      packets.push_back(
          {time, 40U << (4 * d), static_cast<Direction>(random.below(2)), Protocol::tcp, false});
    const Rows line = look(view, {noon, noon + 2 * minute, noon}, packets);
    rows.values.insert(rows.values.end(), line.values.begin(), line.values.end());
    rows.start.insert(rows.start.end(), line.start.begin(), line.start.end());
    rows.line.resize(rows.start.size(), static_cast<std::uint32_t>(d));
    rows.label.resize(rows.start.size(), static_cast<std::uint16_t>(d));
  }
  return rows;
}

void permute(Rows& rows, std::size_t classes, std::uint64_t seed) {
  traffic::Random random(seed);
  for (std::uint16_t& label : rows.label) label = static_cast<std::uint16_t>(random.below(classes));
}

double accuracy(const Attacker& attacker, const Rows& training, const Rows& validation, const Rows& test,
                std::size_t classes) {
  fingerprint::Observer observer;
  const std::vector<float> p =
      attacker.train(training, validation, classes, 7, observer)->probabilities(test);
  EXPECT_EQ(p.size(), test.size() * classes);
  double right = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const float* const row = p.data() + i * classes;
    right += std::max_element(row, row + classes) - row == test.label[i] ? 1 : 0;
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += row[c];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  return right / static_cast<double>(test.size());
}

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

DfOptions small() {
  DfOptions options;
  options.length = 8;
  options.minutes = 1;
  options.batch = 16;
  options.max_epochs = 7;
  return options;
}

TEST(SequenceView, rows_are_sizes_and_gaps_with_the_sign_of_the_direction) {
  const SequenceView view(1, 3);
  const Nanoseconds s = traffic::second;
  const Rows rows = look(view, {noon, noon + 10 * minute, noon},
                         {out(noon, 10), in(noon + s, 0), out(noon + s, 5), in(noon + 3 * s, 7),
                          out(noon + minute, 9), out(noon + 10 * minute, 1)});
  EXPECT_THAT(rows.values, testing::ElementsAre(11, -1, 6, 1e-6F, -1, 1e-6F,  // a whole sequence
                                                -8, 0, 0, -2, 0, 0,           // what is left of the minute
                                                10, 0, 0, 57, 0, 0));
  EXPECT_THAT(rows.start, testing::ElementsAre(noon, noon + 3 * s, noon + minute));
  EXPECT_THAT(view.columns(), testing::ElementsAre("0_size", "1_size", "2_size", "0_gap", "1_gap", "2_gap"));
  EXPECT_EQ(view.name(), "sequences of 3 packets in 1 min");
}

TEST(SequenceView, rows_do_not_depend_on_how_packets_are_cut_into_calls) {
  const std::vector<DevicePacket> packets = random_line(3, 3000, noon);
  const SequenceView view(15, 16);
  const Watch day{noon, noon + traffic::day, noon};
  const Rows whole = look(view, day, packets);
  EXPECT_GT(whole.size(), 100u);
  for (const std::size_t part : {1, 7, 1000}) {
    const Rows cut = look(view, day, packets, part);
    EXPECT_EQ(cut.start, whole.start);
    EXPECT_EQ(cut.values, whole.values);
  }
}

TEST(DeepFingerprinting, guesses_where_labels_are_permuted) {
  const DeepFingerprinting attacker(small());
  Rows training = lines(attacker.view(), 2, 1), validation = lines(attacker.view(), 2, 2);
  permute(training, 2, 4);
  permute(validation, 2, 5);
  Rows test = lines(attacker.view(), 2, 3);
  permute(test, 2, 6);
  const double right = accuracy(attacker, training, validation, test, 2);
  EXPECT_GT(right, 0.33);  // of 150 sequences: chance 0.5, deviation 0.041
  EXPECT_LT(right, 0.67);
}

TEST(DeepFingerprinting, sees_what_it_is_told_to_see) {
  // Devices differ in sizes alone: times say nothing.
  DfOptions options = small();
  for (const char* input : {"size", "time"}) {
    SCOPED_TRACE(input);
    options.input = input;
    const DeepFingerprinting attacker(options);
    EXPECT_EQ(attacker.title(), "df of " + options.input + "s");
    const double right = accuracy(attacker, lines(attacker.view(), 2, 1), lines(attacker.view(), 2, 2),
                                  lines(attacker.view(), 2, 3), 2);
    if (options.input == "time") {
      EXPECT_LT(right, 0.67);
    } else {
      EXPECT_GT(right, 0.9);
    }
  }
}

TEST(DeepFingerprinting, is_the_same_for_any_number_of_threads) {
  DfOptions options = small();
  options.max_epochs = 1;
  const DeepFingerprinting attacker(options);
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

TEST(DeepFingerprinting, says_what_is_wrong) {
  DfOptions options = small();
  const DeepFingerprinting attacker(options);
  fingerprint::Observer observer;
  EXPECT_EQ(message([&] { (void)attacker.train({}, {}, 3, 7, observer); }),
            "attacker 'df' has fewer than two rows to train on");
  options.input = "colour";
  EXPECT_EQ(message([&] { DeepFingerprinting{options}; }), "input 'colour' is none of size, time and both");
}

windows::WindowSettings two_seconds() {
  return windows::WindowSettings::make(2, 0.1, windows::Placement::anchored, windows::Silence::before);
}

WindowAttacker mlp(bool silence) {
  WindowAttackerOptions options;
  options.silence = silence;
  options.max_epochs = 30;
  options.batch = 16;
  return {std::make_shared<fingerprint::MlpFactory>(fingerprint::MlpOptions{}), "mlp", two_seconds(),
          options};
}

TEST(WindowAttacker, tells_sizes_apart) {
  const WindowAttacker attacker = mlp(true);
  EXPECT_EQ(attacker.title(), "mlp");
  EXPECT_GT(accuracy(attacker, lines(attacker.view(), 2, 1), lines(attacker.view(), 2, 2),
                     lines(attacker.view(), 2, 3), 2),
            0.9);
}

TEST(WindowAttacker, does_not_know_silence_where_it_is_told_so) {
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
  EXPECT_EQ(message([] { WindowAttacker(std::make_shared<Table>(), "forest", two_seconds(), {}); }),
            "model 'forest' looks at aggregates, not at windows");
  fingerprint::Observer observer;
  EXPECT_EQ(message([&] { (void)mlp(true).train({}, {}, 3, 7, observer); }),
            "attacker 'mlp' has no rows to train on");
}

}  // namespace
}  // namespace ipet::attack::test
