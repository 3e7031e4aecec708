// Windows that are not in memory: the same training, bit for bit, with no more than the buffer and two
// blocks.
#include "stages/fingerprint/window_feed.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "tests/fingerprint/models.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

const traffic::StreamKey key(1);

/// Says that its windows are elsewhere, and counts how they are fetched.
class Elsewhere final : public Dataset {
 public:
  explicit Elsewhere(LabelledWindows windows) : windows_(std::move(windows)) {
    slots = windows_.slots;
    label = windows_.label;
  }
  [[nodiscard]] float silence_of(std::size_t i) const override { return windows_.silence[i]; }
  [[nodiscard]] bool in_memory() const override { return false; }
  [[nodiscard]] const float* window(std::size_t) const override { throw std::logic_error("not in memory"); }
  void read(std::size_t first, std::size_t count, float* out) const override {
    if (fetched + count > fails_after) throw std::runtime_error("windows.h5: vanished");
    fetched += count;
    std::size_t seen = largest;
    while (count > seen && !largest.compare_exchange_weak(seen, count)) continue;
    windows_.read(first, count, out);
  }
  mutable std::atomic<std::size_t> fetched = 0, largest = 0;
  std::size_t fails_after = EpochOrder::whole;

 private:
  LabelledWindows windows_;
};

/// Windows in the order of a feed, in steps of `batch`.
LabelledWindows fed(WindowFeed& feed, std::size_t size, std::size_t slots, std::size_t batch) {
  LabelledWindows out;
  out.slots = slots;
  for (std::size_t begin = 0; begin < size; begin += batch)
    for (const WindowRow& row : feed.take(std::min(batch, size - begin)))
      out.append(row.features, row.silence, row.label);
  return out;
}

TEST(WindowFeed, GivesTheSameWindowsFromMemoryAndFromElsewhere) {
  const LabelledWindows here = toy::windows(3, 331, 5, 1);  // 993: the last block has 3
  const Elsewhere there(here);
  for (const std::size_t batch : {1U, 32U, 100U, 993U}) {
    const EpochOrder order(here.size(), 90, 10, key);
    WindowFeed near(here, order), far(there, order);
    const LabelledWindows one = fed(near, 993, 5, batch), other = fed(far, 993, 5, batch);
    EXPECT_EQ(one.features, other.features) << batch;
    EXPECT_EQ(one.silence, other.silence);
    EXPECT_EQ(one.label, other.label);
    EXPECT_NE(one.features, here.features);
  }
}

TEST(WindowFeed, ReadsEachWindowOnceABlockAtATime) {
  const Elsewhere there(toy::windows(3, 331, 5, 1));
  WindowFeed feed(there, EpochOrder(993, 90, 10, key));
  EXPECT_LE(there.fetched, 90U + 20U) << "the buffer and a block ahead";
  (void)fed(feed, 993, 5, 32);
  EXPECT_EQ(there.fetched, 993U);
  EXPECT_EQ(there.largest, 10U);
}

TEST(WindowFeed, PassesOnWhatReadingThrows) {
  Elsewhere there(toy::windows(3, 331, 5, 1));
  there.fails_after = 500;
  WindowFeed feed(there, EpochOrder(993, 90, 10, key));
  try {
    (void)fed(feed, 993, 5, 32);
    FAIL() << "went on without its windows";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "windows.h5: vanished");
  }
}

TEST(WindowFeed, MayEndBeforeItsEpoch) {
  Elsewhere there(toy::windows(3, 331, 5, 1));
  there.fails_after = 95;  // the block that is read ahead fails, and nobody asks for it
  WindowFeed feed(there, EpochOrder(993, 90, 90, key));
  EXPECT_EQ(feed.take(0).size(), 0U);
}

TrainedModel trained(const Dataset& training, const Dataset& validation, std::size_t shuffle_buffer,
                     std::size_t threads, const char* model) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  DiscriminatorTrainingOptions options;
  options.epochs = 2;
  options.batch = 100;
  options.shuffle_buffer = shuffle_buffer;
  Observer observer;
  return train(test::model(model), training, validation, toy::names(4), options, observer);
}

void expect_same(const TrainedModel& one, const TrainedModel& other) {
  ASSERT_EQ(one.parameters.size(), other.parameters.size());
  for (std::size_t i = 0; i < one.parameters.size(); ++i)
    EXPECT_EQ(one.parameters[i].values, other.parameters[i].values) << one.parameters[i].name;
  for (std::size_t e = 0; e < one.history.size(); ++e) {
    EXPECT_EQ(one.history[e].training_loss, other.history[e].training_loss);
    EXPECT_EQ(one.history[e].validation_loss, other.history[e].validation_loss);
    EXPECT_EQ(one.history[e].validation_accuracy, other.history[e].validation_accuracy);
  }
}

class FromElsewhere : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Models, FromElsewhere, testing::Values("lstm", "mlp"), test::name_of);

TEST_P(FromElsewhere, TrainingGivesTheSameBitsAsInMemory) {
  const LabelledWindows here = toy::windows(4, 510, 6, 1), validation = toy::windows(4, 90, 6, 2);
  for (const std::size_t buffer :
       {500U, 2040U, 2500U}) {  // larger than it; all training windows fit; all fit
    const Elsewhere there(here), there_too(validation);
    const TrainedModel one = trained(here, validation, buffer, 1, GetParam());
    expect_same(one, trained(there, there_too, buffer, 1, GetParam()));
    expect_same(one, trained(there, there_too, buffer, 2, GetParam()));
  }
}

TEST(Training, OfASetThatFitsTheBufferReadsItOnce) {
  const Elsewhere there(toy::windows(4, 510, 6, 1)), validation(toy::windows(4, 90, 6, 2));
  (void)trained(there, validation, 2400, 2, "mlp");
  EXPECT_EQ(there.fetched, 2040U);
  EXPECT_EQ(validation.fetched, 360U);
}

TEST(Training, OfALargerSetReadsItInEveryEpochAndOnceForTheNormalisation) {
  const Elsewhere there(toy::windows(4, 510, 6, 1)), validation(toy::windows(4, 90, 6, 2));
  (void)trained(there, validation, 500, 2, "mlp");
  EXPECT_EQ(there.fetched, 3 * 2040U);
  EXPECT_EQ(validation.fetched, 2 * 360U);
}

TEST(Training, DependsOnTheBufferOfALargerSet) {
  const LabelledWindows here = toy::windows(4, 510, 6, 1), validation = toy::windows(4, 90, 6, 2);
  const auto loss = [&](std::size_t buffer) {
    return trained(here, validation, buffer, 2, "mlp").history.back().training_loss;
  };
  EXPECT_EQ(loss(2040), loss(100'000)) << "all fit either way";
  EXPECT_NE(loss(2040), loss(500));
}

TEST(Classifying, GivesTheSameFromElsewhere) {
  const LabelledWindows here = toy::windows(4, 510, 6, 1);
  const TrainedModel model = trained(here, here, EpochOrder::whole, 2, "mlp");
  const Elsewhere there(here);
  EXPECT_EQ(probabilities(model, here), probabilities(model, there));
  EXPECT_EQ(classify(model, here), classify(model, there));
  EXPECT_EQ(classify(model, here), most_probable(probabilities(model, here), 4));
  EXPECT_LE(there.largest, 256U);
}

}  // namespace
}  // namespace ipet::fingerprint
