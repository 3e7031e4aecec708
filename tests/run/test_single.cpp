// A whole input takes a stream that carries exactly one value, and stages know which outputs are wanted.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A source whose units each give so many sets of one number.
struct SetSource {
  struct Options {
    std::vector<int> sets_per_unit;
    std::function<void(StageContext&)> list;
  };
  struct Reader final : UnitReader {
    Reader(int n) : left(n) {}
    bool next(Emitter& emit) override {
      if (left > 0) emit(NumberSet{{left}, true});
      return --left > 0;
    }
    int left;
  };
  SetSource(const Options& o, StageContext& c) : options(o), context(c) {}
  std::vector<std::string> units() {
    if (options.list) options.list(context);
    return std::vector<std::string>(options.sets_per_unit.size(), "u");
  }
  std::unique_ptr<UnitReader> open(std::size_t unit) {
    return std::make_unique<Reader>(options.sets_per_unit[unit]);
  }
  const Options& options;
  StageContext& context;
};

struct Read {
  std::vector<std::vector<std::int64_t>> values;
  std::string error;
};

Read read(std::vector<int> sets_per_unit) {
  Read out;
  PlanBuilder plan;
  plan.source<SetSource>("sets").output<NumberSet>("set").output<Text>("text");
  plan.stage("file", "sets", SetSource::Options{std::move(sets_per_unit), {}});
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               out.values.push_back(context.whole<NumberSet>("a")->values);
             }});
  plan.edge("file", "task.a");
  out.error = plan.error();
  return out;
}

TEST(SingleValue, OfAStreamIsReadAsAWholeInput) {
  const Read one = read({0, 1, 0});
  EXPECT_EQ(one.error, "");
  EXPECT_THAT(one.values, ElementsAre(ElementsAre(1)));
}

TEST(SingleValue, ASecondOneIsAnError) {
  const char* const text = ": a second number_set came through the stream, where exactly one is wanted";
  EXPECT_THAT(read({2}).error,
              HasSubstr("stage 'task' (plugin tasker), lane '000000/u', message 1" + std::string(text)));
  EXPECT_THAT(read({1, 1}).error,
              HasSubstr("stage 'task' (plugin tasker), gathering its input" + std::string(text)));
}

TEST(SingleValue, NoneIsAnError) {
  EXPECT_THAT(read({0}).error, HasSubstr("no number_set came through the stream"));
}

TEST(Connected, TellsWhichOutputsAreTakenInThePass) {
  PlanBuilder plan;
  std::vector<std::pair<bool, bool>> asked;
  plan.source<SetSource>("sets").output<NumberSet>("set").output<Text>("text");
  plan.stage("file", "sets", SetSource::Options{{1}, [&](StageContext& context) {
                                                  asked.emplace_back(context.connected("set"),
                                                                     context.connected("text"));
                                                  EXPECT_THROW(static_cast<void>(context.connected("sett")),
                                                               std::logic_error);
                                                }});
  plan.stage("task", "tasker", ToyTask::Options{[](StageContext&, Emitter&) {}});
  plan.edge("file", "task.a");
  EXPECT_EQ(plan.error(), "");
  EXPECT_THAT(asked, ElementsAre(std::pair(true, false)));
}

TEST(Component, IsMadeByTheProgramThatRunsThePlan) {
  PlanBuilder plan;
  plan.facts.make_component = [](const TypeName& interface, const std::string& name,
                                 const std::string& options) -> std::shared_ptr<const void> {
    EXPECT_EQ(interface.name, "text");
    return std::make_shared<const Text>(Text{name + options});
  };
  std::string made;
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               made = context.component<Text>("line", "{ a = 1 }")->text;
             }});
  EXPECT_EQ(plan.error(), "");
  EXPECT_EQ(made, "line{ a = 1 }");
}

}  // namespace
}  // namespace ipet::run::test
