// A group that breaks what it promises is an error that names it and says what the promise is.
#include <functional>

#include <gtest/gtest.h>

#include "stages/defence/group_mixer.hpp"

namespace ipet::defence {
namespace {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;
using traffic::second;

/// 2023-11-14T22:13:20Z
constexpr Nanoseconds start = 1'700'000'000 * second;

struct ScriptedGroup final : Group {
  using Next = std::function<bool(Nanoseconds until, LinePacket& packet)>;
  explicit ScriptedGroup(Next next_in) : next_(std::move(next_in)) {}
  void arrive(const LinePacket&) override {}
  bool next(Nanoseconds until, LinePacket& packet) override { return next_(until, packet); }
  Next next_;
};
struct GroupingToy final : Defence {
  explicit GroupingToy(ScriptedGroup::Next next_in) : next(std::move(next_in)) {}
  [[nodiscard]] bool groups() const override { return true; }
  [[nodiscard]] std::unique_ptr<Group> group(const Resources&, std::span<const Line>) const override {
    return next ? std::make_unique<ScriptedGroup>(next) : nullptr;
  }
  ScriptedGroup::Next next;
};

/// What the mixer says of a group of two lines, of which the first has a packet at the start and one ten
/// seconds later.
std::string fault(ScriptedGroup::Next next) {
  MixerOptions options;
  options.defence = "toy";
  const std::vector<LinePacket> user = {{0, {start, 10, Direction::out, Protocol::tcp, false}},
                                        {0, {start + 10 * second, 10, Direction::out, Protocol::tcp, false}}};
  const GroupMixer::Output nowhere = [](std::size_t, std::vector<DevicePacket>&&) {};
  try {
    const std::vector<Line> lines = {{"plug"}, {"lamp"}};
    GroupMixer mixer(GroupingToy(std::move(next)), {}, lines, options);
    mixer.mix(user, nowhere);
    mixer.finish(nowhere);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

LinePacket at(Nanoseconds time, std::size_t line, std::uint32_t size, bool dummy, std::uint32_t user_bytes) {
  return {line, {time, size, Direction::out, Protocol::udp, dummy}, user_bytes};
}

/// Once, when the second packet comes.
std::string fault_of(const LinePacket& given) {
  return fault([given, done = false](Nanoseconds, LinePacket& packet) mutable {
    packet = given;
    return !std::exchange(done, true);
  });
}

const std::string whose = "defence 'toy' on the line of 'plug' and 1 more ";

TEST(GroupContract, isKeptByUserDataOnItsLineAndByADummyOnTheOther) {
  EXPECT_EQ(fault_of(at(start + second, 0, 10, false, 10)), "");
  EXPECT_EQ(fault_of(at(start + second, 1, 10, true, 0)), "");
}

TEST(GroupContract, isBrokenByADefenceThatMakesNoGroup) {
  EXPECT_EQ(
      fault(nullptr),
      whose + "made no group: one that decides about lines together (groups()) makes them with group()");
}

TEST(GroupContract, isBrokenByACopyThatIsNotMarkedAsADummy) {
  EXPECT_EQ(fault_of(at(start + second, 1, 10, false, 10)),
            whose +
                "gave a packet with 10 bytes of user data on a line on which 0 bytes wait: user data leaves "
                "on the line of its device, and its copies on others are dummies");
}

TEST(GroupContract, isBrokenByUserDataThatHasNotCome) {
  EXPECT_EQ(fault_of(at(start + second, 0, 20, false, 11)),
            whose +
                "gave a packet with 11 bytes of user data on a line on which 10 bytes wait: user data leaves "
                "on the line of its device, and its copies on others are dummies");
}

TEST(GroupContract, isBrokenByUserDataInADummy) {
  EXPECT_EQ(fault_of(at(start + second, 0, 10, true, 10)),
            whose +
                "gave a packet with 10 bytes of user data that is marked as a dummy: DevicePacket::dummy is "
                "true of what carries none");
}

TEST(GroupContract, isBrokenByMoreUserDataThanThePacketHolds) {
  EXPECT_EQ(
      fault_of(at(start + second, 0, 9, false, 10)),
      whose + "gave a packet of 9 bytes with 10 bytes of user data: a packet carries no more than its size");
}

TEST(GroupContract, isBrokenByAPacketInThePastOfAnyLine) {
  EXPECT_EQ(fault_of(at(start - second, 1, 10, true, 0)),
            whose +
                "gave a packet at 2023-11-14T22:13:19Z, after a packet at 2023-11-14T22:13:20Z had left: "
                "next() gives packets in time order, none in the past");
}

TEST(GroupContract, isBrokenByALineThatThereIsNot) {
  EXPECT_EQ(fault_of(at(start + second, 2, 10, true, 0)),
            whose +
                "gave a packet on line 2 of a group of 2: lines are counted from 0, in the order in which "
                "group() was given them");
}

TEST(GroupContract, isBrokenByPacketsWithoutEnd) {
  EXPECT_EQ(fault([](Nanoseconds, LinePacket& packet) {
              packet = at(start + second, 1, 10, true, 0);
              return true;
            }),
            whose +
                "gives packets without end: 2000000 within a second from 2023-11-14T22:13:21Z on; "
                "next(until) gives false when nothing more is due before `until`");
}

}  // namespace
}  // namespace ipet::defence
