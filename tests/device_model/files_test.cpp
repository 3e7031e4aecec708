// Files of models: those that ship, and those that the stage writes.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/device_model/device_models.hpp"
#include "stages/device_model/model_text.hpp"
#include "tests/device_model/models.hpp"

namespace ipet::device_model::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> write(const std::map<std::string, Packets>& devices, std::size_t days,
                            const std::vector<std::string>& wanted = {}) {
  DeviceModelsOptions options;
  options.days = days;
  options.devices = wanted;
  options.folder = fs::path(testing::TempDir()) / "device-models";
  fs::remove_all(options.folder);
  return write_models(
      home(devices), options, [] {}, storage::publish_at_once);
}

TEST(ShippedModels, can_be_read_and_have_the_timers_of_their_laws) {
  // Those of datasets/synthetic-home/home.toml that lie three seconds and more above their jitter.
  const std::map<std::string, double> timers = {{"bulb-colour", 31}, {"camera-hall", 20}, {"doorbell", 22},
                                                {"lock", 33},        {"plug-desk", 27},   {"thermostat", 45}};
  for (const auto& [name, period] : timers) {
    const DeviceModel model =
        read_model(fs::path(IPET_SOURCE_DIR) / "datasets" / "device-models" / (name + ".toml"));
    EXPECT_EQ(model.device, name);
    ASSERT_FALSE(model.timers.empty()) << name;
    EXPECT_NEAR(model.timers[0].period, period, 0.01 * period) << name;
  }
}

TEST(WrittenModels, are_of_each_device_and_of_the_first_days_alone) {
  const auto files = write({{"cam", camera(5, 3, 1)}, {"plug", keep_alive(60, 3)}}, 2);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].filename(), "cam.toml");
  const DeviceModel cam = read_model(files[0]);
  EXPECT_EQ(cam.device, "cam");
  EXPECT_DOUBLE_EQ(static_cast<double>(cam.bursts.size()) * cam.times, 10);
  EXPECT_NEAR(read_model(files[1]).timers.at(0).period, 60, 0.1);
}

TEST(WrittenModels, of_devices_that_say_nothing_are_refused) {
  try {
    write({{"cam", camera(5, 1, 1)}, {"plug", keep_alive(60, 1)}}, 0, {"plug", "tv"});
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "'devices' names 'tv', which says nothing in the recordings of the days that are used; they "
                 "are of cam, plug");
  }
}

}  // namespace
}  // namespace ipet::device_model::test
