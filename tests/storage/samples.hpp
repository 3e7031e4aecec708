// Messages as the stages make them, and reading back with h5py.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stages/storage/hdf5_writer.hpp"

namespace ipet::storage::test {

/// A folder of its own for each test, removed afterwards.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ipet-storage-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Names of everything in it, sorted.
  [[nodiscard]] std::vector<std::string> entries() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  std::filesystem::path path_;
};

/// "device7". (GCC 12 warns of `"device" + std::to_string(7)` without reason.)
template <class Number>
std::string numbered(std::string prefix, Number number) {
  prefix += std::to_string(number);
  return prefix;
}

inline std::shared_ptr<const std::string> shared(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

/// Window w of device d in capture c: features c*1000 + d*100 + w + column/8 in every slot, silence w/4,
/// start c*1e9 + w. read_back.py computes the same.
inline windows::WindowBatch window_batch(std::uint32_t capture, int device, int first, int count,
                                         bool defended = false, std::uint32_t slots = 3) {
  windows::WindowBatch batch;
  batch.capture = capture;
  batch.capture_name = shared(numbered("capture", capture));
  batch.device = shared(numbered("device", device));
  batch.defended = defended;
  batch.slots = slots;
  batch.omega = 0.5;
  for (int w = first; w < first + count; ++w) {
    for (std::uint32_t s = 0; s < slots; ++s) {
      for (int column = 0; column < 4; ++column)
        batch.features.push_back(static_cast<float>(capture) * 1000.0F +
                                 static_cast<float>(device * 100 + w) + static_cast<float>(column) / 8.0F);
    }
    batch.silence.push_back(w / 4.0);
    batch.start.push_back(static_cast<std::int64_t>(capture) * 1'000'000'000 + w);
  }
  return batch;
}

/// Aggregate r of device d in capture c: features c*1000 + d*100 + r + column/32, start c*1e9 + r.
inline windows::AggregateBatch aggregate_batch(std::uint32_t capture, int device, int first, int count,
                                               bool defended = false) {
  windows::AggregateBatch batch;
  batch.capture = capture;
  batch.capture_name = shared(numbered("capture", capture));
  batch.device = shared(numbered("device", device));
  batch.defended = defended;
  batch.bin = 900;
  for (int r = first; r < first + count; ++r) {
    for (std::size_t column = 0; column < windows::aggregate_columns; ++column)
      batch.features.push_back(static_cast<float>(capture) * 1000.0F + static_cast<float>(device * 100 + r) +
                               static_cast<float>(column) / 32.0F);
    batch.start.push_back(static_cast<std::int64_t>(capture) * 1'000'000'000 + r);
  }
  return batch;
}

/// Packet i of a device: time 1000 * i, size 7 * i, incoming when i is odd, dummy when i is a multiple of 3.
inline traffic::DevicePackets packet_batch(std::uint32_t capture, const std::string& capture_name,
                                           const std::string& device, int first, int count, bool defended) {
  traffic::DevicePackets batch;
  batch.capture = capture;
  batch.capture_name = shared(capture_name);
  batch.device = shared(device);
  batch.defended = defended;
  for (int i = first; i < first + count; ++i)
    batch.packets.push_back({1000 * i, static_cast<std::uint32_t>(7 * i),
                             i % 2 == 1 ? traffic::Direction::in : traffic::Direction::out,
                             traffic::Protocol::tcp, i % 3 == 0});
  return batch;
}

inline RunFacts facts() {
  RunFacts made;
  made.name = "quick";
  made.definition = "schema = 1\nname = \"quick\"\n";
  made.command_line = "ipet run quick.toml";
  made.version = "0.1.0";
  made.created = "2026-01-02T03:04:05Z";
  made.seed = 20;
  made.plugins = {{"pcap_reader", "1.0", "plugins/pcap_reader.so", "00ff"}};
  made.inputs = {{"a.pcap", 123, "aa"}, {"Küche.pcap", 45, "bb"}};
  made.stages = {{"capture", "pcap_reader", 1.5, 2.25, 4096, 7, 70}, {"store", "hdf5_writer", 0, 0, 0, 0, 0}};
  return made;
}

struct CommandResult {
  int status = -1;
  std::string output;
};
/// Runs a shell command; output and errors together.
inline CommandResult run(const std::string& command) {
  CommandResult result;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
    result.output.append(buffer, got);
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}
/// Runs a check of read_back.py on a file: it asserts with values of its own.
inline void expect_h5py(const std::string& check, const std::filesystem::path& file) {
  const CommandResult result = run("/usr/bin/python3 " IPET_SOURCE_DIR "/tests/storage/read_back.py " +
                                   check + " '" + file.string() + "'");
  EXPECT_EQ(result.status, 0) << result.output;
}

/// What `body` throws, "" if nothing.
template <class Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const StorageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace ipet::storage::test
