// The adapter: options reach the training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/defence/plugin_harness.hpp"
#include "tests/gan/toy.hpp"

namespace ipet::gan::test {
namespace {

std::shared_ptr<const defence::Imitator> load(const ipet::test::Given& given, Problems& problems) {
  static const ipet::test::LoadedStage loaded("gan");
  Value table;
  for (const auto& [key, data] : given) table.table()->push_back({key, {}, Value(data)});
  ipet::test::PluginComponents components;
  const ipet::Options options = loaded.component.options.parse(table, "imitator 'gan'", components, problems);
  if (!problems.empty()) return nullptr;
  return std::static_pointer_cast<const defence::Imitator>(loaded.component.create(options.get()));
}

TEST(GanPlugin, hands_its_options_to_the_training) {
  Problems problems;
  const auto one = load({{"epochs", std::int64_t{1}}, {"stages", std::int64_t{0}}}, problems);
  ASSERT_TRUE(problems.empty()) << problems.front().message;
  const defence::Pool pool = toy_pool(20, 1);
  Options options;
  options.epochs = 1;
  options.stages = 0;
  EXPECT_EQ(imitate(*one, pool, 0, 1, 43'200, {0}), imitate(GanImitator(options), pool, 0, 1, 43'200, {0}));
  options.epochs = 2;
  EXPECT_NE(imitate(*one, pool, 0, 1, 43'200, {0}), imitate(GanImitator(options), pool, 0, 1, 43'200, {0}));
}

TEST(GanPlugin, refuses_a_stretch_that_is_no_stretch) {
  Problems problems;
  EXPECT_EQ(load({{"stretch", std::int64_t{1}}}, problems), nullptr);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems.front().message, testing::HasSubstr("stretch"));
}

}  // namespace
}  // namespace ipet::gan::test
