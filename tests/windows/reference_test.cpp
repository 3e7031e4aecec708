// Features, silence and start of real devices equal windows_reference.py, which shares no code with us.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "stages/capture/capture_reader.hpp"
#include "stages/traffic/splitter.hpp"
#include "stages/windows/windower.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ipet;
using namespace ipet::windows;

struct Case {
  std::string device, mac;
  double total_time, omega;
  Placement placement;
  Silence silence;
};

const fs::path folder = fs::path(IPET_SOURCE_DIR "/../shared/data/cset21-home").lexically_normal();

template <class T>
std::vector<T> read_numbers(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::vector<T> numbers(fs::file_size(path) / sizeof(T));
  in.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(numbers.size() * sizeof(T)));
  fs::remove(path);
  return numbers;
}

Windows reference(const Case& c, const WindowSettings& settings) {
  const std::string output =
      (fs::temp_directory_path() / ("ipet-windows-" + std::to_string(::getpid()))).string();
  const std::string command = "/usr/bin/python3 " IPET_SOURCE_DIR "/tests/windows/windows_reference.py " +
                              (folder / (c.device + ".pcap")).string() + " " + c.mac + " " +
                              std::to_string(settings.total_time) + " " + std::to_string(settings.omega) +
                              (c.placement == Placement::tiled ? " tiled" : " anchored") +
                              (c.silence == Silence::after ? " after " : " before ") + output;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return {read_numbers<float>(output + ".features"), read_numbers<float>(output + ".silence"),
          read_numbers<traffic::Nanoseconds>(output + ".start")};
}

Windows ours(const Case& c, const WindowSettings& settings) {
  const fs::path capture = folder / (c.device + ".pcap");
  const auto split = traffic::split_settings(traffic::load_device_file(folder / "devices.toml"), false);
  traffic::CaptureSplitter splitter(split, 0, std::make_shared<const std::string>(capture.string()),
                                    {capture.string()});
  capture::CaptureReader reader({capture});
  Windows all;
  const auto flush = [&all](Windows& done) {
    all.features.insert(all.features.end(), done.features.begin(), done.features.end());
    all.silence.insert(all.silence.end(), done.silence.begin(), done.silence.end());
    all.start.insert(all.start.end(), done.start.begin(), done.start.end());
  };
  Windower windower(settings);
  traffic::PacketBatch batch;
  for (bool more = true; more;) {
    more = reader.next(777, traffic::day, batch.packets);
    for (const traffic::DevicePackets& part : splitter.split(batch)) {
      EXPECT_EQ(*part.device, c.device);
      windower.add(part.packets, flush);
    }
  }
  windower.end(flush);
  return all;
}

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.device << ", " << c.total_time << " s, "
             << (c.placement == Placement::tiled ? "tiled" : "anchored")
             << (c.silence == Silence::after ? ", after" : ", before");
}

class WindowsOfARealDevice : public testing::TestWithParam<Case> {};

TEST_P(WindowsOfARealDevice, EqualAnIndependentComputation) {
  const Case& c = GetParam();
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not here";
  const auto settings = WindowSettings::make(c.total_time, c.omega, c.placement, c.silence);
  const Windows expected = reference(c, settings), actual = ours(c, settings);
  ASSERT_GT(expected.size(), 50u);
  EXPECT_EQ(actual.start, expected.start);
  EXPECT_TRUE(actual.silence == expected.silence);
  EXPECT_TRUE(actual.features == expected.features);
}

const std::string hub = "ultraloq-hub-01", hub_mac = "a4:cf:12:32:5b:88", camera = "blink-cam-01",
                  camera_mac = "f4:b8:5e:ff:2b:1b";

INSTANTIATE_TEST_SUITE_P(
    Modes, WindowsOfARealDevice,
    testing::Values(Case{hub, hub_mac, 4, 0.1, Placement::anchored, Silence::before},
                    Case{hub, hub_mac, 4, 0.1, Placement::anchored, Silence::after},
                    Case{hub, hub_mac, 60, 1.5, Placement::tiled, Silence::before},
                    Case{hub, hub_mac, 60, 1.5, Placement::tiled, Silence::after},
                    Case{camera, camera_mac, 4, 0.1, Placement::anchored, Silence::before},
                    Case{camera, camera_mac, 30, 0.5, Placement::tiled, Silence::before}));

}  // namespace
