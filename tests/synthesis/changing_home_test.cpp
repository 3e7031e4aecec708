// Homes in which something changes from one recording to the next.
#include <cmath>
#include <cstring>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/synthesis/fixtures.hpp"

namespace ipet::synthesis::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using traffic::Nanoseconds;

/// A frame of a device, by the last byte of its MAC.
struct Seen {
  double seconds = 0;       ///< since the begin of the first recording
  std::size_t payload = 0;  ///< of UDP over IPv4
};

std::uint32_t word(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// What devices send in all recordings, read from the files by hand.
std::map<int, std::vector<Seen>> frames_of(const SynthesisResult& result, Nanoseconds start) {
  std::map<int, std::vector<Seen>> seen;
  for (const auto& file : result.files) {
    const std::string bytes = contents(file);
    const double unit = word(bytes, 0) == 0xa1b23c4d ? 1e-9 : 1e-6;
    for (std::size_t at = 24; at < bytes.size(); at += 16 + word(bytes, at + 8)) {
      const double time =
          static_cast<double>(word(bytes, at) - start / traffic::second) + unit * word(bytes, at + 4);
      seen[static_cast<unsigned char>(bytes[at + 16 + 11])].push_back({time, word(bytes, at + 12) - 14 - 28});
    }
  }
  return seen;
}

/// A home with one product and two devices of it, 2 and 3; three recordings of ten minutes, one an hour.
std::map<int, std::vector<Seen>> play(const std::string& processes, const std::string& of_product = "",
                                      const std::string& of_device = "") {
  const Folder folder;
  std::ofstream(folder.path / "home.toml")
      << "[home]\nlocal_networks = [\"192.168.1.0/24\"]\ngateway_mac = \"02:00:00:00:00:01\"\n"
         "gateway_ip = \"192.168.1.1\"\ngateway_ipv6 = \"2001:db8:1::1\"\n"
         "[[event]]\nname = \"ring\"\nper_hour = 200\n"
         "[[product]]\nname = \"lamp\"\n"
      << of_product << processes
      << "[[device]]\nname = \"one\"\nmac = \"02:00:00:00:00:02\"\nip = \"192.168.1.2\"\nproduct = \"lamp\"\n"
      << of_device
      << "[[device]]\nname = \"two\"\nmac = \"02:00:00:00:00:03\"\nip = \"192.168.1.3\"\nproduct = "
         "\"lamp\"\n";
  TrafficSynthesizerOptions options;
  options.folder = folder.path / "captures";
  options.captures = 3;
  options.duration = std::chrono::minutes(10);
  options.start = parse_time("2026-03-02T18:00:00Z").value();
  return frames_of(synthesise(read_home(folder.path / "home.toml"), options, [](double, std::string_view) {}),
                   options.start);
}

std::string beat(const std::string& more) {
  return "[[product.process]]\nname = \"beat\"\ntransport = \"udp\"\nconnection = \"kept\"\n"
         "server = { ip = \"203.0.113.1\", port = 443 }\nsteps = [{ out = 100, after_ms = 1 }]\n" +
         more;
}

/// Where in a period each frame lies, 0 to 1.
std::vector<double> phases(const std::vector<Seen>& frames, double period) {
  std::vector<double> phases;
  for (const Seen& frame : frames) phases.push_back(std::fmod(frame.seconds / period, 1));
  return phases;
}

TEST(ChangingHome, beats_that_keep_time_go_on_in_the_next_recording) {
  const auto seen = play(beat("every_seconds = 37\nkeeps_time = true\n"));
  for (const int device : {2, 3}) {
    const auto own = phases(seen.at(device), 37);
    EXPECT_THAT(own, testing::SizeIs(testing::AllOf(testing::Ge(46U), testing::Le(51U))));
    EXPECT_THAT(own, Each(testing::DoubleNear(own.front(), 1e-4)));
  }
  EXPECT_GT(std::abs(phases(seen.at(2), 37).front() - phases(seen.at(3), 37).front()), 1e-3);
}

TEST(ChangingHome, other_beats_begin_anew) {
  const auto own = phases(play(beat("every_seconds = 37\n")).at(2), 37);
  EXPECT_THAT(own, testing::Contains(testing::Not(testing::DoubleNear(own.front(), 1e-3))));
}

TEST(ChangingHome, a_clock_that_drifts_has_longer_seconds) {
  const auto seen = play(beat("every_seconds = 40\nkeeps_time = true\n"), "", "drift_ppm = 50000\n");
  const auto drifting = phases(seen.at(2), 42), right = phases(seen.at(3), 40);
  EXPECT_THAT(drifting, Each(testing::DoubleNear(drifting.front(), 1e-4)));
  EXPECT_THAT(right, Each(testing::DoubleNear(right.front(), 1e-4)));
}

TEST(ChangingHome, an_update_lets_messages_grow) {
  const auto seen = play(beat("every_seconds = 40\n"), "updates = [{ after_hours = 1, grows = 12 }]\n");
  for (const Seen& frame : seen.at(2))
    EXPECT_EQ(frame.payload, frame.seconds < 3600 ? 100U : 112U) << frame.seconds;
}

TEST(ChangingHome, a_process_exists_in_its_hours) {
  const auto frames = play(beat("every_seconds = 5\nhours = [0.1, 1.05]\n")).at(2);
  EXPECT_GE(frames.front().seconds, 360);
  EXPECT_LT(frames.front().seconds, 366);
  EXPECT_LT(frames.back().seconds, 3780);
  EXPECT_GT(frames.back().seconds, 3774);
}

TEST(ChangingHome, a_device_that_is_switched_off_is_silent_and_begins_anew) {
  const auto frames =
      play(beat("every_seconds = 37\nkeeps_time = true\n"), "", "present_hours = [[0, 0.1], [1, 3]]\n").at(2);
  std::vector<Seen> first, later;
  for (const Seen& frame : frames) (frame.seconds < 1800 ? first : later).push_back(frame);
  EXPECT_LT(first.back().seconds, 360);
  EXPECT_GT(first.back().seconds, 360 - 38);
  const auto before = phases(first, 37), after = phases(later, 37);
  EXPECT_THAT(before, Each(testing::DoubleNear(before.front(), 1e-4)));
  EXPECT_THAT(after, Each(testing::DoubleNear(after.front(), 1e-4)));
  EXPECT_GT(std::abs(before.front() - after.front()), 1e-3);
}

TEST(ChangingHome, a_device_that_comes_back_sees_the_same_events_as_others) {
  const auto seen = play(beat("on = \"ring\"\n"), "", "present_hours = [[0.05, 0.1], [1.05, 3]]\n");
  std::vector<double> one, two;
  for (const Seen& frame : seen.at(2)) one.push_back(frame.seconds);
  for (const Seen& frame : seen.at(3))
    if ((frame.seconds > 180 && frame.seconds < 360) || frame.seconds > 3780) two.push_back(frame.seconds);
  EXPECT_GT(one.size(), 30U);
  EXPECT_THAT(one, testing::Pointwise(testing::DoubleNear(0.1), two));
}

TEST(ChangingHome, a_device_that_is_never_there_sends_nothing) {
  const auto seen = play(beat("every_seconds = 5\n"), "", "present_hours = [0.2, 0.9]\n");
  EXPECT_EQ(seen.count(2), 0U);
  EXPECT_EQ(seen.count(3), 1U);
}

}  // namespace
}  // namespace ipet::synthesis::test
