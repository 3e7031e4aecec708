// A training that takes long asks whether it should go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gan/toy.hpp"

namespace ipet::gan::test {
namespace {

struct Stop : std::runtime_error {
  Stop() : std::runtime_error("stop") {}
};

TEST(Stop, EndsATrainingWhereverItIs) {
  const defence::Pool pool = toy_pool(1);
  std::size_t all = 0;
  const auto whole = GanImitator(quick()).model(pool, 0, {0, 1}, [&] { ++all; });
  ASSERT_GT(all, 500U);  // steps of the generator, of the discriminator, and pieces of walks
  for (const std::size_t last : {std::size_t{1}, all / 3, all / 2, all}) {
    std::size_t asked = 0;
    const GanImitator imitator(quick());
    EXPECT_THROW((void)imitator.model(pool, 0, {0, 1},
                                      [&] {
                                        if (++asked == last) throw Stop();
                                      }),
                 Stop);
    EXPECT_EQ(asked, last);
    // Who asks next gets the model that an undisturbed training gives.
    const auto again = imitator.model(pool, 0, {0, 1});
    EXPECT_EQ(again->chosen, whole->chosen);
    EXPECT_EQ(again->last.packets, whole->last.packets);
  }
}

TEST(Stop, ReachesTheTrainingThroughAnImitation) {
  const defence::Pool pool = toy_pool(1);
  const Nanoseconds begin = (first_day + 5) * traffic::day;
  defence::Imitation imitation{0, {0, 1}, begin, begin + traffic::day, traffic::StreamKey(1)};
  imitation.check = [] { throw Stop(); };
  EXPECT_THROW((void)GanImitator(quick()).imitate(pool, imitation), Stop);
}

}  // namespace
}  // namespace ipet::gan::test
