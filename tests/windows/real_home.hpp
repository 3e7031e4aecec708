// The packets of a real home's devices as our own reader and splitter see them, and what the reference
// scripts write about the same captures.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "stages/capture/pcap_reader.hpp"
#include "stages/traffic/device_splitter.hpp"

namespace ipet::windows::test {

inline const std::filesystem::path home =
    std::filesystem::path(IPET_SOURCE_DIR "/../shared/data/cset21-home").lexically_normal();

struct RealDevice {
  const char *name, *mac;
};
/// All devices of devices.toml.
inline constexpr RealDevice real_devices[] = {
    {"blink-cam-01", "f4:b8:5e:ff:2b:1b"},    {"blink-cam-02", "f4:b8:5e:35:67:b0"},
    {"blink-cam-03", "f4:b8:5e:cd:fe:2f"},    {"lockly-hub-01", "24:6f:28:d9:a7:64"},
    {"schlage-lock-01", "78:db:2f:db:43:48"}, {"sifely-hub-01", "f4:cf:a2:eb:59:c4"},
    {"ultraloq-hub-01", "a4:cf:12:32:5b:88"}};

/// Hands all packets of one device, in pieces, to `take`.
inline void read_packets(const std::string& device,
                         const std::function<void(const std::vector<traffic::DevicePacket>&)>& take) {
  const std::filesystem::path capture = home / (device + ".pcap");
  const auto split = traffic::split_settings(traffic::load_device_file(home / "devices.toml"), false);
  traffic::DeviceSplitter splitter(split, 0, std::make_shared<const std::string>(capture.string()),
                                   std::make_shared<const std::vector<std::string>>(1, capture.string()));
  capture::PcapReader reader({capture});
  const auto take_all = [&](const std::vector<traffic::DevicePackets>& parts) {
    for (const traffic::DevicePackets& part : parts) {
      EXPECT_EQ(*part.device, device);
      take(part.packets);
    }
  };
  traffic::PacketBatch batch;
  for (bool more = true; more;) {
    more = reader.next(777, traffic::day, batch.packets);
    take_all(splitter.split(batch));
  }
  take_all(splitter.finish());
}

/// Runs a script of this folder; returns the beginning of the names of the files that it wrote.
inline std::string run_reference(const std::string& script, const RealDevice& device,
                                 const std::string& arguments) {
  std::string output =
      (std::filesystem::temp_directory_path() / ("ipet-reference-" + std::to_string(::getpid()))).string();
  const std::string command = "/usr/bin/python3 -B " IPET_SOURCE_DIR "/tests/windows/" + script + " " +
                              (home / (std::string(device.name) + ".pcap")).string() + " " + device.mac +
                              " " + arguments + " " + output;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return output;
}

/// All numbers of a file, which is then removed.
template <class T>
std::vector<T> take_numbers(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::vector<T> numbers(std::filesystem::file_size(path) / sizeof(T));
  in.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(numbers.size() * sizeof(T)));
  std::filesystem::remove(path);
  return numbers;
}

}  // namespace ipet::windows::test
