// The adapter `generation_evaluation`, as the runtime would call it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/report/report.hpp"
#include "tests/defence/plugin_harness.hpp"
#include "tests/evaluation/generation_samples.hpp"

namespace ipet::evaluation::test {
namespace {

using ipet::test::Given;
using ipet::test::LoadedStage;

EvaluationReport run(const Given& given) {
  static const LoadedStage stage("generation_evaluation");
  Problems problems;
  const Options options = ipet::test::parse(stage.description, given, problems);
  if (!options) throw std::runtime_error(problems.at(0).message);
  const windows::WindowSet set = home();
  const auto model = quick_discriminator(set);
  ipet::test::TestContext context;
  context.wholes["windows"] = std::make_shared<const windows::WindowSet>(set);
  context.wholes["discriminator"] = std::make_shared<const fingerprint::TrainedModel>(model);
  context.wholes["generators"] = std::make_shared<const generator::GeneratorSet>(fixed(model, 2, 2));
  ipet::test::TestEmitter emitter;
  const auto made = stage.description.create(options.get(), context);
  dynamic_cast<TaskStage&>(*made).run(emitter);
  return emitter.sent.at(0).as<EvaluationReport>();
}

const Given quick_options{{"retrain", std::string("none")}, {"shared_generator", false}};

TEST(GenerationEvaluationStage, GivesOneReport) {
  // Clean, and static, own, next for two generations of two chains.
  EXPECT_EQ(run(quick_options).scores.size(), 1U + 2 * 2 * 3);
}

TEST(GenerationEvaluationStage, TakesChainsAndGenerationsAsOptions) {
  Given given = quick_options;
  given.emplace_back("chains", std::int64_t{1});
  given.emplace_back("generations", std::int64_t{7});
  try {
    run(given);
    FAIL() << "evaluated generation 7 of 2";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "no generation 7 in chain 1; 0 to 1 exist");
  }
}

}  // namespace
}  // namespace ipet::evaluation::test
