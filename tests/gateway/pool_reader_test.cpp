// What defences learn from: the recorded days before today.
#include "stages/gateway/pool_reader.hpp"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "stages/defence/none.hpp"
#include "stages/traffic/day.hpp"
#include "tests/gateway/pool_fixture.hpp"

namespace ipet::gateway::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t first_day = midnight / traffic::day;

/// Devices 0 and 2 on the first day, 1 on the second.
void record_two_days(const std::filesystem::path& folder, double day_offset_hours = 0) {
  Said said;
  PoolFiles({folder, 1 << 20, 14, day_offset_hours}, home(), said.say)
      .append(std::vector<PoolRecord>{{midnight + 5, 100, 0, Direction::out, Protocol::tcp},
                                      {midnight + 3, 200, 0, Direction::in, Protocol::udp},
                                      {midnight + 4, 300, 2, Direction::in, Protocol::tcp},
                                      {midnight + traffic::day, 400, 1, Direction::out, Protocol::udp}},
              0);
}

TEST(PoolReader, GivesTheDaysBeforeTodayByDeviceInOrderOfTime) {
  const ScratchFolder folder;
  record_two_days(folder.path());
  const auto traces = read_pool(folder.path(), home(), first_day + 1);
  EXPECT_EQ(traces->devices, home().names());
  EXPECT_THAT(traces->captures, ElementsAre("2026-12-01.pcap"));
  ASSERT_THAT(traces->traces, SizeIs(2));
  EXPECT_EQ(traces->traces[0].device, 0);
  EXPECT_THAT(traces->traces[0].packets,
              ElementsAre(traffic::DevicePacket{midnight + 3, 200, Direction::in, Protocol::udp, false},
                          traffic::DevicePacket{midnight + 5, 100, Direction::out, Protocol::tcp, false}));
  EXPECT_EQ(traces->traces[1].device, 2);
  EXPECT_THAT(read_pool(folder.path(), home(), first_day + 2)->traces, SizeIs(3));
  EXPECT_THAT(read_pool(folder.path(), home(), first_day)->traces, IsEmpty());
  EXPECT_THAT(read_pool(folder / "nowhere", home(), first_day)->traces, IsEmpty());
}

TEST(PoolReader, PutsDaysBehindRecordingsThatWereThereBefore) {
  const ScratchFolder folder;
  record_two_days(folder.path());
  auto earlier = std::make_shared<traffic::Traces>();
  traffic::DevicePackets packets{0,
                                 std::make_shared<const std::string>("old.pcap"),
                                 std::make_shared<const std::string>("plug"),
                                 nullptr,
                                 true,
                                 false,
                                 {{1, 7, Direction::out, Protocol::tcp, false}}};
  earlier->add(packets);
  earlier->finish();
  const auto traces = read_pool(folder.path(), home(), first_day + 2, earlier);
  EXPECT_THAT(traces->captures, ElementsAre("old.pcap", "2026-12-01.pcap", "2026-12-02.pcap"));
  ASSERT_THAT(traces->traces, SizeIs(4));
  EXPECT_EQ(traces->devices[traces->traces[0].device], "plug");
  EXPECT_EQ(traces->traces[0].packets[0].size, 7u);
  EXPECT_EQ(earlier->traces.size(), 1u) << "the earlier ones stay as they are";
}

TEST(PoolReader, ReadsAFileThatIsBeingWrittenUpToItsLastWholeRecord) {
  const ScratchFolder folder;
  record_two_days(folder.path());
  std::ofstream(folder / "2026-12-01.pcap", std::ios::app) << std::string(30, 'x');
  EXPECT_THAT(read_pool(folder.path(), home(), first_day + 1)->traces, SizeIs(2));
}

TEST(PoolOfToday, BecomesTheNextOneAfterMidnightOfItsDays) {
  const ScratchFolder folder;
  record_two_days(folder.path(), 2);
  PoolOfToday pool(folder.path(), home(), 2, nullptr, midnight + traffic::day + hour);
  // Days begin at 2:00, so that the first packets are of November 30 and the last is of December 1.
  EXPECT_THAT(pool.traces()->traces, SizeIs(2));
  std::string failure;
  EXPECT_FALSE(pool.has_next(midnight + traffic::day + 2 * hour - 1, failure));
  EXPECT_THAT(pool.traces()->traces, SizeIs(2));
  while (!pool.has_next(midnight + traffic::day + 2 * hour, failure)) std::this_thread::yield();
  EXPECT_THAT(pool.traces()->traces, SizeIs(3));
  EXPECT_FALSE(pool.has_next(midnight + traffic::day + 3 * hour, failure));
  EXPECT_EQ(failure, "");
}

TEST(PoolOfToday, StaysWhereTheNextOneCannotBeRead) {
  const ScratchFolder folder;
  record_two_days(folder.path());
  PoolOfToday pool(folder.path(), home(), 0, nullptr, midnight + traffic::day);
  write_file(folder / "2026-12-02.pcap", "no capture");
  std::string failure;
  while (failure.empty()) ASSERT_FALSE(pool.has_next(midnight + 2 * traffic::day, failure));
  EXPECT_THAT(failure, HasSubstr("2026-12-02.pcap: was not written by a gateway"));
  EXPECT_THAT(pool.traces()->traces, SizeIs(2));
}

/// Needs so many traces in its pool.
class Learner final : public defence::Defence {
 public:
  explicit Learner(std::size_t traces) : traces_(traces) {}
  void check(const defence::Resources& resources) const override {
    const auto pool = resources.get<traffic::Traces>("pool");
    const std::size_t found = pool == nullptr ? 0 : pool->traces.size();
    if (found < traces_) throw std::runtime_error("the pool has " + std::to_string(found) + " traces");
  }
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double) const override { return nullptr; }
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources&,
                                                                 const defence::Line&) const override {
    return nullptr;
  }

 private:
  std::size_t traces_;
};

struct Today {
  DefenceOfToday defence;
  std::vector<std::string> said;
};
Today today(const std::shared_ptr<const defence::Defence>& defence, const PoolOfToday& pool) {
  Today result;
  defence::Resources resources(1);
  result.defence = defence_of_today(defence, resources, pool,
                                    [&](const std::string& text) { result.said.push_back(text); });
  return result;
}

TEST(DefenceOfToday, IsNoneUntilThePoolSuffices) {
  const ScratchFolder folder;
  record_two_days(folder.path());
  const auto learner = std::make_shared<const Learner>(3);
  const Today before = today(learner, {folder.path(), home(), 0, nullptr, midnight + traffic::day});
  EXPECT_NE(dynamic_cast<const defence::None*>(before.defence.defence.get()), nullptr);
  EXPECT_TRUE(before.defence.learns);
  EXPECT_FALSE(before.defence.suffices);
  EXPECT_THAT(before.said,
              ElementsAre("no device gets cover yet, until midnight at least: the pool has 2 traces"));
  const Today after = today(learner, {folder.path(), home(), 0, nullptr, midnight + 2 * traffic::day});
  EXPECT_EQ(after.defence.defence, learner);
  EXPECT_TRUE(after.defence.learns);
  EXPECT_TRUE(after.defence.suffices);
  EXPECT_THAT(after.said, IsEmpty());
}

TEST(DefenceOfToday, ThatLearnsNothingIsItself) {
  const ScratchFolder folder;
  const auto simple = std::make_shared<const Learner>(0);
  const Today result = today(simple, {folder.path(), home(), 0, nullptr, midnight});
  EXPECT_EQ(result.defence.defence, simple);
  EXPECT_FALSE(result.defence.learns);
}

TEST(DefenceOfToday, IsLeftToItsOwnCheckWhereNothingIsRecorded) {
  const auto learner = std::make_shared<const Learner>(1);
  const Today result = today(learner, {"", home(), 0, nullptr, midnight});
  EXPECT_EQ(result.defence.defence, learner);
  EXPECT_THAT(result.said, IsEmpty());
}

}  // namespace
}  // namespace ipet::gateway::test
