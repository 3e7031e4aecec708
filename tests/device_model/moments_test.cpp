// Moments of a home, and how often each is drawn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/device_model/models.hpp"

namespace ipet::device_model::test {
namespace {

constexpr double hour = 3'600;

/// Events of each device a day, in the mean.
std::vector<double> rates_of(const Repertoire& repertoire) {
  std::vector<double> rates(repertoire.models().size());
  for (const Moment& moment : repertoire.moments())
    for (const Moment::Part& part : moment.parts) rates[part.model] += moment.per_day;
  return rates;
}

TEST(Moments, are_bursts_within_a_minute_of_each_other_on_all_devices) {
  const auto repertoire =
      Repertoire::of_events({model_of({burst(hour, {500}), burst(5 * hour, {500})}),
                             model_of({burst(hour + 50, {700}), burst(5 * hour + 61, {700})}, {}, "lock")},
                            1);
  std::vector<std::vector<std::size_t>> whole;
  for (const Moment& moment : repertoire->moments()) {
    whole.emplace_back();
    for (const Moment::Part& part : moment.parts) whole.back().push_back(part.model);
  }
  // The first one's parts may come alone, too.
  EXPECT_THAT(whole, testing::UnorderedElementsAre(testing::ElementsAre(0, 1), testing::ElementsAre(0),
                                                   testing::ElementsAre(1), testing::ElementsAre(0),
                                                   testing::ElementsAre(1)));
}

TEST(Moments, come_so_that_each_device_has_the_rate_that_was_asked_for) {
  // Three moments of both, one of the first alone: the second has to come alone for its rate.
  const auto repertoire = Repertoire::of_events(
      {model_of({burst(1 * hour, {1}), burst(2 * hour, {2}), burst(3 * hour, {3}), burst(4 * hour, {4}),
                 burst(4 * hour + 20, {5})}),
       model_of({burst(1 * hour, {1}), burst(2 * hour, {2}), burst(3 * hour, {3})}, {}, "lock"),
       model_of({}, {}, "silent")},
      20);
  const auto rates = rates_of(*repertoire);
  EXPECT_NEAR(rates[0], 20, 1e-4);
  EXPECT_NEAR(rates[1], 20, 1e-4);
  EXPECT_EQ(rates[2], 0);
}

TEST(Moments, of_devices_that_act_together_stay_together) {
  std::vector<Burst> cam, lock;
  for (int i = 1; i <= 6; ++i) {
    cam.push_back(burst(i * hour, {500}));
    lock.push_back(burst(i * hour + 5, {700}));
  }
  const auto repertoire = Repertoire::of_events({model_of(cam), model_of(lock, {}, "lock")}, 12);
  double joint = 0;
  for (const Moment& moment : repertoire->moments())
    if (moment.parts.size() == 2) joint += moment.per_day;
  EXPECT_GT(joint, 0.95 * 12);
}

TEST(Moments, without_a_timer_come_as_often_as_they_were_recorded) {
  DeviceModel model = model_of({burst(hour, {500}), burst(5 * hour, {500}), burst(30 * hour, {500})}, {{60}});
  model.recorded = {{0, traffic::day}, {traffic::day + 1, 2 * traffic::day}};
  model.times = 3;
  model.bursts.push_back(burst(31 * hour, {31}));
  model.bursts.back().timer = 0;
  EXPECT_DOUBLE_EQ(Repertoire::of_rest(model)->per_day(), 3 * 3 / 2.0);
}

/// Times of day, in hours, of what comes in so many days.
std::vector<double> hours_of(std::shared_ptr<const Repertoire> repertoire, Hours hours, double rare,
                             int days) {
  const auto source =
      moments_source([&](std::int64_t) { return repertoire; }, StreamKey(7), at(0), 0, hours, rare, 0);
  std::vector<double> times;
  for (const auto& begin : begins_of(*source, at(0, days)))
    if (begin.time >= at(0))
      times.push_back(static_cast<double>((begin.time - at(0)) % traffic::day) / 3.6e12);
  return times;
}

TEST(DrawnMoments, are_as_many_as_asked_for_in_the_mean) {
  const auto repertoire = Repertoire::of_events({model_of({burst(hour, {500}), burst(5 * hour, {500})})}, 12);
  // Poisson: 2,400 with a deviation of 49.
  EXPECT_NEAR(static_cast<double>(hours_of(repertoire, Hours::own, 0, 200).size()), 2'400, 250);
}

TEST(DrawnMoments, keep_to_their_times_of_day_or_do_not) {
  const auto repertoire = Repertoire::of_events({model_of({burst(12 * hour, {500})})}, 20);
  const auto share = [&](Hours hours, double rare) {
    const auto times = hours_of(repertoire, hours, rare, 200);
    return static_cast<double>(std::ranges::count_if(times, [](double t) { return t > 10 && t < 14; })) /
           static_cast<double>(times.size());
  };
  EXPECT_NEAR(share(Hours::own, 0), 0.954, 0.02);                       // two deviations
  EXPECT_NEAR(share(Hours::uniform, 0), 4.0 / 24, 0.03);                // of 4,000: a deviation of 0.006
  EXPECT_NEAR(share(Hours::own, 1), 0.5 * 0.954 + 0.5 * 4 / 24, 0.04);  // one was recorded, one more is taken
}

TEST(DrawnMoments, of_one_day_do_not_depend_on_when_lines_begin) {
  const auto repertoire = Repertoire::of_events({model_of({burst(hour, {500}), burst(5 * hour, {500})})}, 50);
  const auto from = [&](Nanoseconds begin) {
    std::vector<Nanoseconds> times;
    const auto source =
        moments_source([&](std::int64_t) { return repertoire; }, StreamKey(7), begin, 0, Hours::own, 24, 0);
    for (const auto& each : begins_of(*source, at(0, 3)))
      if (each.time >= at(0, 2)) times.push_back(each.time);
    return times;
  };
  EXPECT_EQ(from(at(0)), from(at(50'000, 1)));
  EXPECT_GT(from(at(0)).size(), 20U);
}

}  // namespace
}  // namespace ipet::device_model::test
