// What games refuse, and what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detection/fixtures.hpp"

namespace ipet::detection {
namespace {

std::shared_ptr<const attack::Attacker> of_minutes(int minutes = 1) {
  return std::make_shared<Counting>(minutes * minute, std::vector<std::uint32_t>{100});
}

comparison::ComparisonInputs two_devices() {
  return inputs(comparison::home({{"cam", 30, 300}, {"plug", 60, 250}}, 4), of_minutes());
}

std::string of_activity(const std::function<void(comparison::ComparisonInputs&, ActivityOptions&)>& change) {
  comparison::ComparisonInputs in = two_devices();
  ActivityOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  change(in, options);
  fingerprint::Observer observer;
  return refusal([&] { find_activity(in, options, observer); });
}

std::string of_presence(const std::function<void(comparison::ComparisonInputs&, PresenceOptions&)>& change) {
  comparison::ComparisonInputs in = two_devices();
  PresenceOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  change(in, options);
  fingerprint::Observer observer;
  return refusal([&] { find_presence(in, options, observer); });
}

TEST(ActivityRefuses, attackers_of_other_rows_than_minutes) {
  EXPECT_EQ(
      of_activity([](auto& in, auto&) { in.attackers = {of_minutes(15)}; }),
      "attackers: 'counting' looks at counts of 15 min, and is asked about each minute: take an attacker "
      "with minutes = 1");
}

TEST(ActivityRefuses, more_origins_than_days_for_testing) {
  EXPECT_EQ(of_activity([](auto&, auto& options) { options.origins = 3; }),
            "origins: there are 2 days for testing, too few for 3; take fewer, or a larger test_fraction");
  EXPECT_EQ(of_activity([](auto&, auto& options) {
              options.origins = 2;
              options.lines.test_days = {1, 2};
            }),
            "origins: before the first day for testing there is none to learn from; test later days");
  EXPECT_EQ(of_activity([](auto&, auto& options) { options.origins = 0; }), "origins: must be at least 1");
}

TEST(ActivityRefuses, a_home_without_a_device_to_protect) {
  auto traces = std::make_shared<traffic::Traces>(*two_devices().traces);
  for (traffic::Trace& trace : traces->traces) trace.protect = false;
  EXPECT_EQ(of_activity([&](auto& in, auto&) { in.traces = traces; }),
            "no device is to be protected: all have protect = false in the devices file");
}

TEST(PresenceRefuses, products_that_are_none) {
  EXPECT_EQ(of_presence([](auto&, auto& options) {
              options.products = {{"cam"}, {"plug", "cam"}};
            }),
            "products: 'cam' is there twice; a device belongs to one product");
  EXPECT_EQ(of_presence([](auto&, auto& options) { options.products = {{"lamp"}}; }),
            "products: there is no device 'lamp' with packets that is to be protected");
  EXPECT_EQ(of_presence([](auto&, auto& options) { options.products = {{}}; }),
            "products: a product needs a device");
  EXPECT_EQ(of_presence([](auto&, auto& options) { options.homes = 0; }), "homes: must be at least 1");
}

TEST(PresenceRefuses, a_defence_that_knows_devices_by_name) {
  struct Named final : defence::Defence {
    [[nodiscard]] std::shared_ptr<const std::vector<std::string>> devices(
        const defence::Resources&) const override {
      return std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"cam", "plug"});
    }
  };
  EXPECT_THAT(of_presence([](auto& in, auto&) {
                in.defences = {{"named", std::make_shared<Named>()}};
              }),
              testing::HasSubstr("the defence 'named' knows devices by their names"));
}

}  // namespace
}  // namespace ipet::detection
