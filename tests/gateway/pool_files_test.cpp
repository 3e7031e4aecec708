// Records of live traffic: what defences read back, and what disks and clocks do to it.
#include <csignal>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "pipeline/text/numbers.hpp"
#include "tests/gateway/pool_fixture.hpp"

namespace ipet::gateway::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

std::vector<std::string> files_in(const ScratchFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().filename() != ".lock") names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

PoolRecord record(Nanoseconds time, std::uint32_t device = 0, std::uint32_t size = 100) {
  return {time, size, device, Direction::out, Protocol::udp};
}

TEST(PoolFiles, AreReadAsTheTrafficOfTheirDevices) {
  const ScratchFolder folder;
  Said said;
  std::vector<PoolRecord> records;
  const traffic::DeviceFile file = home();
  for (std::uint32_t device = 0; device < file.devices.size(); ++device)
    for (const Direction direction : {Direction::out, Direction::in})
      for (const Protocol protocol : {Protocol::tcp, Protocol::udp})
        for (const std::uint32_t size : {0u, 1u, 1460u, 65'000u})
          records.push_back({midnight + hour + static_cast<Nanoseconds>(records.size()) * 1'000'003, size,
                             device, direction, protocol});
  {
    PoolFiles pool({folder.path()}, file, said.say);
    pool.append(records, 0);
  }
  std::vector<std::string> losses;
  const std::vector<Found> found = read_back(folder.path(), file, &losses);
  EXPECT_THAT(losses, IsEmpty());
  ASSERT_EQ(found.size(), records.size());
  std::map<Nanoseconds, Found> by_time;
  for (const Found& each : found) by_time[each.packet.time] = each;
  for (const PoolRecord& each : records) {
    ASSERT_TRUE(by_time.contains(each.time));
    const Found& packet = by_time[each.time];
    EXPECT_EQ(packet.device, file.devices[each.device].name);
    EXPECT_EQ(packet.packet,
              (traffic::DevicePacket{each.time, each.size, each.direction, each.protocol, false}));
  }
  EXPECT_THAT(said.lines, IsEmpty());
}

TEST(PoolFiles, OfTenThousandDevicesAreTheirs) {
  const ScratchFolder folder;
  Said said;
  traffic::DeviceFile file = home();
  file.devices.clear();
  std::vector<PoolRecord> records;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const bool by_address = i % 2 == 0;
    const std::string low = std::to_string(i / 250) + "." + std::to_string(1 + i % 250);
    file.devices.push_back(device("d" + std::to_string(i),
                                  by_address ? "" : text::format("02:00:00:00:%02x:%02x", i >> 8, i & 255),
                                  by_address ? "10.9." + low : ""));
    records.push_back(record(midnight + i * 1000, i));
  }
  file.local_networks.push_back(*traffic::Network::parse("10.0.0.0/8"));
  PoolFiles({folder.path()}, file, said.say).append(records, 0);
  const PoolFiles pool({folder.path()}, file, said.say);
  EXPECT_EQ(pool.past_days(midnight + traffic::day), std::vector<std::size_t>(10'000, 1));
}

TEST(PoolFiles, SayHowManyPastDaysADeviceHasAlsoAfterARestart) {
  const ScratchFolder folder;
  Said said;
  for (int day = 0; day < 3; ++day) {
    PoolFiles pool({folder.path()}, home(), said.say);
    EXPECT_EQ(pool.days(), static_cast<std::size_t>(day));
    std::vector<PoolRecord> records;
    for (std::uint32_t device = 0; device < 6; ++device)
      if (device <= static_cast<std::uint32_t>(day))
        records.push_back(record(midnight + day * traffic::day + device, device));
    pool.append(records, 0);
    EXPECT_EQ(pool.past_days(midnight + day * traffic::day)[0], static_cast<std::size_t>(day));
  }
  const PoolFiles pool({folder.path()}, home(), said.say);
  EXPECT_THAT(pool.past_days(midnight + 2 * traffic::day + hour), ElementsAre(2, 1, 0, 0, 0, 0));
  EXPECT_THAT(pool.past_days(midnight + 3 * traffic::day), ElementsAre(3, 2, 1, 0, 0, 0));
  EXPECT_THAT(said.lines, IsEmpty());
}

TEST(PoolFiles, BeginAnotherAtMidnightOfTheirDays) {
  const ScratchFolder folder;
  Said said;
  PoolFiles pool({folder.path(), 1 << 20, 14, -5}, home(), said.say);  // days begin at 19:00 UTC
  pool.append(std::vector{record(midnight - 5 * hour - 1), record(midnight - 5 * hour), record(midnight)}, 0);
  EXPECT_THAT(files_in(folder), ElementsAre("2026-11-30.pcap", "2026-12-01.pcap"));
  std::map<std::string, int> packets;
  for (const Found& each : read_back(folder.path(), home())) ++packets[each.file];
  EXPECT_EQ(packets["2026-11-30.pcap"], 1);
  EXPECT_EQ(packets["2026-12-01.pcap"], 2);
}

TEST(PoolFiles, LoseTheOldestDayFirst) {
  const ScratchFolder folder;
  Said said;
  write_file(folder / "2026-11-99.pcap", "no day");
  write_file(folder / "mine.pcap", "mine");
  PoolFiles pool({folder.path(), 1 << 20, 3}, home(), said.say);
  for (int day = 0; day < 5; ++day) pool.append(std::vector{record(midnight + day * traffic::day)}, 0);
  EXPECT_THAT(files_in(folder), ElementsAre("2026-11-99.pcap", "2026-12-03.pcap", "2026-12-04.pcap",
                                            "2026-12-05.pcap", "mine.pcap"));
  EXPECT_EQ(pool.days(), 3u);
}

TEST(PoolFiles, StayWithinTheirBytes) {
  const ScratchFolder folder;
  Said said;
  // A record of UDP over IPv4 has 16 + 14 + 20 + 8 bytes; a day of 10 with the file's header 24 + 580.
  PoolFiles pool({folder.path(), 2000, 14}, home(), said.say);
  for (int day = 0; day < 5; ++day)
    pool.append(std::vector<PoolRecord>(10, record(midnight + day * traffic::day)), 0);
  EXPECT_THAT(files_in(folder), ElementsAre("2026-12-03.pcap", "2026-12-04.pcap", "2026-12-05.pcap"));
  std::uint64_t bytes = 0;
  for (const std::string& name : files_in(folder)) bytes += std::filesystem::file_size(folder / name);
  EXPECT_EQ(bytes, 3 * 604u);
  EXPECT_EQ(pool.bytes(), bytes);
  EXPECT_THAT(said.lines, IsEmpty());
  // A day that is larger than all that there may be stops, and says so once; the next one goes on.
  for (int i = 0; i < 10; ++i)
    pool.append(std::vector<PoolRecord>(10, record(midnight + 4 * traffic::day)), i);
  EXPECT_LE(pool.bytes(), 2000u);
  EXPECT_EQ(pool.days(), 1u);
  ASSERT_THAT(said.lines, SizeIs(1));
  EXPECT_THAT(said.lines[0],
              testing::StartsWith("stopped: live traffic is not recorded until there is room: this "
                                  "day alone fills the 2000 bytes that it may take"));
  const std::uint64_t lost = pool.lost();
  EXPECT_EQ(lost, 80u) << "24 + 30 * 58 bytes fit, and no ten more";
  EXPECT_EQ(read_back(folder.path(), home()).size(), 110 - lost);
  pool.append(std::vector{record(midnight + 5 * traffic::day)}, 100 * traffic::second);
  ASSERT_THAT(said.lines, SizeIs(2));
  EXPECT_EQ(said.lines[1],
            "goes on: recording goes on; " + std::to_string(lost) + " packets were not recorded");
}

TEST(PoolFiles, OfACrashAreReadUpToTheLastWholeRecord) {
  std::string whole;
  {
    const ScratchFolder folder;
    Said said;
    PoolFiles({folder.path()}, home(), said.say)
        .append(std::vector{record(midnight), record(midnight + 1), record(midnight + 2)}, 0);
    whole = content_of(folder / "2026-12-01.pcap");
  }
  ASSERT_EQ(whole.size(), 24 + 3 * 58u);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ScratchFolder folder;
    Said said;
    write_file(folder / "2026-12-01.pcap", whole.substr(0, size));
    const std::size_t records = size < 24 ? 0 : (size - 24) / 58;
    {
      PoolFiles pool({folder.path()}, home(), said.say);
      EXPECT_EQ(pool.days(), size < 24 ? 0u : 1u);
      pool.append(std::vector{record(midnight + 3)}, 0);
    }
    std::vector<std::string> losses;
    const auto found = read_back(folder.path(), home(), &losses);
    EXPECT_THAT(losses, IsEmpty()) << size;
    ASSERT_EQ(found.size(), records + 1) << size;
    EXPECT_EQ(found.back().packet.time, midnight + 3);
    EXPECT_EQ(said.lines.size(), size == 0 || (size >= 24 && (size - 24) % 58 == 0) ? 0u : 1u) << size;
  }
}

TEST(PoolFiles, OfACrashMayEndInZeros) {
  const ScratchFolder folder;
  Said said;
  PoolFiles({folder.path()}, home(), said.say).append(std::vector{record(midnight)}, 0);
  std::ofstream(folder / "2026-12-01.pcap", std::ios::app) << std::string(4096, '\0');
  PoolFiles({folder.path()}, home(), said.say).append(std::vector{record(midnight + 1)}, 0);
  EXPECT_THAT(said.lines,
              ElementsAre("cut: " + (folder / "2026-12-01.pcap").string() +
                          ": the last 4096 bytes are no whole record, as after a crash, and were cut "
                          "off"));
  EXPECT_THAT(read_back(folder.path(), home()), SizeIs(2));
  EXPECT_EQ(std::filesystem::file_size(folder / "2026-12-01.pcap"), 24 + 2 * 58u);
}

TEST(PoolFiles, AreOfTheirDevicesWhereTheDevicesFileHasAnotherOrder) {
  const ScratchFolder folder;
  Said said;
  traffic::DeviceFile file = home();
  PoolFiles({folder.path()}, file, said.say).append(std::vector{record(midnight, 0), record(midnight, 3)}, 0);
  std::ranges::reverse(file.devices);  // bridge, hub, lock, plug, lamp, camera
  const PoolFiles pool({folder.path()}, file, said.say);
  EXPECT_THAT(pool.past_days(midnight + traffic::day), ElementsAre(0, 0, 1, 0, 0, 1));
}

TEST(PoolFiles, LeaveACaptureAloneThatIsNotTheirs) {
  const ScratchFolder folder;
  Said said;
  const std::string microseconds = "\xd4\xc3\xb2\xa1 and more";
  write_file(folder / "2026-12-01.pcap", microseconds);
  EXPECT_THAT([&] { PoolFiles({folder.path()}, home(), said.say); },
              ThrowsMessage<std::runtime_error>(
                  "pool: " + (folder / "2026-12-01.pcap").string() +
                  ": was not written by a gateway; move it elsewhere, or name another folder"));
  EXPECT_EQ(content_of(folder / "2026-12-01.pcap"), microseconds);
}

TEST(PoolFiles, BelongToOneProcess) {
  const ScratchFolder folder;
  Said said;
  const PoolFiles first({folder.path()}, home(), said.say);
  EXPECT_THAT(
      [&] { PoolFiles({folder.path()}, home(), said.say); },
      ThrowsMessage<std::runtime_error>("pool: " + folder.path().string() +
                                        ": another process records there; end it, or name another folder"));
}

TEST(PoolFiles, NeedAFolder) {
  const ScratchFolder folder;
  Said said;
  write_file(folder / "file", "");
  EXPECT_THAT([&] { PoolFiles({folder / "file"}, home(), said.say); },
              ThrowsMessage<std::runtime_error>(
                  HasSubstr("file: cannot make the folder: Not a directory; make it, owned by")));
  EXPECT_THAT([&] { PoolFiles({folder / "file" / "below"}, home(), said.say); },
              ThrowsMessage<std::runtime_error>(HasSubstr("cannot make the folder: Not a directory")));
}

/// Files of this process cannot grow beyond so many bytes, as on a disk that is full.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int);
};

TEST(PoolFiles, OnAFullDiskAreLeftWholeAndGoOnLater) {
  const ScratchFolder folder;
  Said said;
  PoolFiles pool({folder.path()}, home(), said.say);
  pool.append(std::vector{record(midnight)}, 0);
  {
    const SmallDisk disk(100);  // 18 bytes more
    for (int i = 1; i <= 3; ++i) pool.append(std::vector(2, record(midnight + i)), i * 70 * traffic::second);
    pool.append(std::vector{record(midnight + 3)}, 3 * 70 * traffic::second + 1);
    EXPECT_EQ(std::filesystem::file_size(folder / "2026-12-01.pcap"), 24 + 58u);
    const SmallDisk smaller(50);  // not even for a first record
    pool.append(std::vector{record(midnight + traffic::day)}, 500 * traffic::second);
  }
  EXPECT_EQ(pool.lost(), 8u);
  EXPECT_THAT(files_in(folder), ElementsAre("2026-12-01.pcap"));
  pool.append(std::vector{record(midnight + traffic::day)}, 559 * traffic::second);
  EXPECT_EQ(pool.lost(), 9u) << "it is tried again a minute later";
  pool.append(std::vector{record(midnight + traffic::day)}, 600 * traffic::second);
  EXPECT_THAT(read_back(folder.path(), home()), SizeIs(2));
  EXPECT_THAT(
      said.lines,
      ElementsAre("stopped: live traffic is not recorded until there is room: " +
                      (folder / "2026-12-01.pcap").string() +
                      ": File too large; cover goes on from the days that are there. Make room, or lower "
                      "'pool_bytes'",
                  "goes on: recording goes on; 9 packets were not recorded"));
}

TEST(PoolFiles, FollowAClockThatJumpsByAnHourBothWays) {
  const ScratchFolder folder;
  Said said;
  PoolFiles pool({folder.path()}, home(), said.say);
  std::vector<PoolRecord> records;
  const auto record_seconds = [&](Nanoseconds begin) {
    for (int i = 0; i < 100; ++i)
      records.push_back(
          record(begin + i * traffic::second, 0, 1 + static_cast<std::uint32_t>(records.size())));
  };
  record_seconds(midnight + 30 * 60 * traffic::second);
  record_seconds(midnight - 30 * 60 * traffic::second);  // back over midnight
  record_seconds(midnight + 30 * 60 * traffic::second + 200 * traffic::second);
  pool.append(records, 0);
  EXPECT_THAT(files_in(folder), ElementsAre("2026-11-30.pcap", "2026-12-01.pcap"));
  std::vector<std::string> losses;
  std::vector<std::uint32_t> sizes;
  for (const Found& each : read_back(folder.path(), home(), &losses)) sizes.push_back(each.packet.size);
  EXPECT_THAT(losses, IsEmpty());
  std::sort(sizes.begin(), sizes.end());
  ASSERT_THAT(sizes, SizeIs(300));
  for (std::uint32_t i = 0; i < 300; ++i) EXPECT_EQ(sizes[i], i + 1);
}

TEST(PoolFiles, HoldNothingOfAClockThatWasNeverSet) {
  const ScratchFolder folder;
  Said said;
  PoolFiles pool({folder.path()}, home(), said.say);
  pool.append(std::vector{record(1), record(2), record(midnight), record(4'294'967'296 * traffic::second)},
              0);
  EXPECT_EQ(pool.lost(), 3u);
  EXPECT_THAT(files_in(folder), ElementsAre("2026-12-01.pcap"));
  EXPECT_EQ(said.lines.at(0),
            "clock: the clock says 1970-01-01T00:00:00.000000001Z, so nothing is recorded until it is set");
}

TEST(PoolFiles, HoldADeviceThatAppearsAndLeavesEverySecond) {
  const ScratchFolder folder;
  Said said;
  std::vector<PoolRecord> records;
  for (int i = 0; i < 86'400; i += 2) records.push_back(record(midnight + i * traffic::second, 1));
  PoolFiles pool({folder.path()}, home(), said.say);
  for (const PoolRecord& each : records) pool.append({&each, 1}, each.time);
  EXPECT_EQ(pool.bytes(), 24 + 58u * 43'200);
  EXPECT_THAT(pool.past_days(midnight + traffic::day), ElementsAre(0, 1, 0, 0, 0, 0));
  EXPECT_THAT(said.lines, IsEmpty());
}

}  // namespace
}  // namespace ipet::gateway::test
