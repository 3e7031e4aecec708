// "All was read": what sources and keyed stages are told once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using testing::ElementsAre;

/// What happened, in order.
class Events {
 public:
  void note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    all_.push_back(text);
  }
  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> all_;
};

ToyKeyed::Options passing(Events& events) {
  ToyKeyed::Options options;
  options.on_message = [](ToyKeyed::State&, const Number& number, Emitter& emit) { emit(number); };
  options.on_end = [&events](ToyKeyed::State& state, Emitter&) { events.note("end of " + state.key); };
  options.finish = [&events](Emitter&) { events.note("finish of keys"); };
  return options;
}

TEST(Finish, ComesOnceAfterAllUnitsAndBeforeTheKeysBelowEnd) {
  Events events;
  PlanBuilder plan;
  ToySource::Options source = numbers({sequence(0, 5), sequence(0, 7)});
  const auto step = source.step;
  source.step = [&events, step](std::size_t unit, std::size_t number, Emitter& emit) {
    const bool more = step(unit, number, emit);
    if (!more) events.note("unit read");
    return more;
  };
  source.finish = [&events](Emitter&) { events.note("finish of units"); };
  Written written;
  plan.stage("a", "numbers", source)
      .stage("k", "keyed", passing(events))
      .stage("w", "writer", written.sink())
      .edge("a", "k")
      .edge("k", "w");
  plan.run();
  std::vector<std::string> all = events.all();
  ASSERT_EQ(all.size(), 6U);
  std::sort(all.begin() + 3, all.begin() + 5);  // keys end at the same time
  EXPECT_THAT(all, ElementsAre("unit read", "unit read", "finish of units", "end of u0", "end of u1",
                               "finish of keys"));
}

TEST(Finish, MaySendWhichComesInALaneAfterAllOthers) {
  Events events;
  PlanBuilder plan;
  ToySource::Options source = numbers({{1}, {2}});
  source.finish = [](Emitter& emit) { emit(Number{30}, "z"); };
  ToyKeyed::Options keyed = passing(events);
  keyed.finish = [](Emitter& emit) {
    emit(Number{40});
    emit(Number{41});
  };
  Written read, passed;
  plan.stage("a", "numbers", source)
      .stage("k", "keyed", keyed)
      .stage("r", "writer", read.sink())
      .stage("w", "writer", passed.sink())
      .edge("a", "k")
      .edge("a", "r")
      .edge("k", "w");
  plan.run();
  EXPECT_THAT(read.sorted(), ElementsAre("000000/u0:0=1", "000001/u1:0=2", "000002/:0=30"));
  EXPECT_THAT(passed.sorted(), ElementsAre("u0:0=1", "u1:0=2", "z:0=30", "\xff:0=40", "\xff:1=41"));
}

TEST(Finish, ComesWhereThereWasNothingToRead) {
  Events events;
  PlanBuilder plan;
  ToySource::Options source = numbers({});
  source.finish = [&events](Emitter&) { events.note("finish of units"); };
  Written written;
  plan.stage("a", "numbers", source)
      .stage("k", "keyed", passing(events))
      .stage("w", "writer", written.sink())
      .edge("a", "k")
      .edge("k", "w");
  plan.run();
  EXPECT_THAT(events.all(), ElementsAre("finish of units", "finish of keys"));
}

TEST(Finish, DoesNotComeAfterAnError) {
  Events events;
  PlanBuilder plan;
  ToySource::Options source = numbers({sequence(0, 5)});
  source.finish = [&events](Emitter&) { events.note("finish of units"); };
  ToyKeyed::Options keyed = passing(events);
  keyed.on_message = [](ToyKeyed::State&, const Number&, Emitter&) { throw std::runtime_error("no"); };
  Written written;
  plan.stage("a", "numbers", source)
      .stage("k", "keyed", keyed)
      .stage("w", "writer", written.sink())
      .edge("a", "k")
      .edge("k", "w");
  EXPECT_THAT(plan.error(), testing::HasSubstr("no"));
  EXPECT_THAT(events.all(), ElementsAre());
}

TEST(Finish, ThatThrowsIsAnErrorOfItsStage) {
  PlanBuilder plan;
  ToySource::Options source = numbers({{1}});
  source.finish = [](Emitter&) { throw std::runtime_error("nothing could be read"); };
  Written written;
  plan.stage("a", "numbers", source).stage("w", "writer", written.sink()).edge("a", "w");
  EXPECT_EQ(plan.error(), "stage 'a' (plugin numbers), finish: nothing could be read");
  EXPECT_EQ(written.commits, 0);
}

TEST(Finish, AfterAStopComesOnceTheUnitsThatWereBegunAreTold) {
  Events events;
  PlanBuilder plan;
  ToySource::Options source = numbers({{}, {}});
  std::atomic<int> begun{0};
  source.step = [&plan, &begun](std::size_t, std::size_t number, Emitter& emit) {
    if (number == 0 && ++begun == 2) plan.stop.level = 1;
    emit(Number{1});
    return true;
  };
  source.stopped = [&events](std::size_t unit) { events.note("stopped " + std::to_string(unit)); };
  source.finish = [&events](Emitter&) { events.note("finish"); };
  Written written;
  plan.stage("a", "numbers", source).stage("w", "writer", written.sink()).edge("a", "w");
  EXPECT_TRUE(plan.run(2).interrupted);
  EXPECT_THAT(events.all(), ElementsAre("stopped 0", "stopped 1", "finish"));
}

}  // namespace
}  // namespace ipet::run::test
