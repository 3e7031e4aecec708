// A defence that breaks what it promises is an error that names it and says what the promise is.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/defence/mixer.hpp"

namespace ipet::defence {
namespace {

using testing::HasSubstr;
using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;
using traffic::second;

/// 2023-11-14T22:13:20Z
constexpr Nanoseconds start = 1'700'000'000 * second;

DevicePacket dummy_at(Nanoseconds time, bool marked = true) {
  return {time, 100, Direction::out, Protocol::udp, marked};
}

/// Gives what `next` gives.
struct Scripted final : CoverSchedule {
  using Next = std::function<bool(Nanoseconds until, DevicePacket& dummy)>;
  explicit Scripted(Next next_in) : next_(std::move(next_in)) {}
  void user_packet(const DevicePacket&) override {}
  bool next(Nanoseconds until, DevicePacket& dummy) override { return next_(until, dummy); }
  void rest() override {}
  Next next_;
};
struct Toy final : Defence {
  explicit Toy(Scripted::Next next_in) : next(std::move(next_in)) {}
  [[nodiscard]] std::unique_ptr<CoverSchedule> schedule(const Resources&, const Line&) const override {
    return next ? std::make_unique<Scripted>(next) : nullptr;
  }
  Scripted::Next next;
};

struct ScriptedShaper final : Shaper {
  using Next = std::function<bool(Nanoseconds until, Cell& cell)>;
  explicit ScriptedShaper(Next next_in) : next_(std::move(next_in)) {}
  bool next(Nanoseconds until, Cell& cell) override { return next_(until, cell); }
  void rest() override {}
  Next next_;

 protected:
  void on_arrival(const DevicePacket&) override {}
};
struct Delaying final : Defence {
  explicit Delaying(ScriptedShaper::Next next_in) : next(std::move(next_in)) {}
  [[nodiscard]] bool delays() const override { return true; }
  [[nodiscard]] std::unique_ptr<Shaper> shaper(const Resources&, const Line&) const override {
    return next ? std::make_unique<ScriptedShaper>(next) : nullptr;
  }
  ScriptedShaper::Next next;
};

/// What the mixer says of a defence on a line with a user packet at the start and one ten seconds later.
std::string fault(const Defence& defence) {
  MixerOptions options;
  options.defence = "toy";
  const std::vector<DevicePacket> user = {{start, 10, Direction::out, Protocol::tcp, false},
                                          {start + 10 * second, 10, Direction::out, Protocol::tcp, false}};
  const Mixer::Output nowhere = [](std::vector<DevicePacket>&&) {};
  try {
    Mixer mixer(defence, {}, {"plug", 0}, options);
    mixer.mix(user, nowhere);
    mixer.finish(nowhere);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

/// Once, a dummy at this time, whatever it is asked for.
Scripted::Next once(const DevicePacket& given) {
  return [given, done = false](Nanoseconds, DevicePacket& dummy) mutable {
    dummy = given;
    return !std::exchange(done, true);
  };
}

TEST(Contract, isKeptByADummyBetweenTwoPackets) {
  EXPECT_EQ(fault(Toy(once(dummy_at(start + 5 * second)))), "");
}

TEST(Contract, isBrokenByADefenceThatMakesNoSchedule) {
  EXPECT_EQ(
      fault(Toy(nullptr)),
      "defence 'toy' on the line of 'plug' made no schedule: one that does not delay makes one with "
      "schedule() for every device that devices() names; with nothing to send it is one whose next() is "
      "false");
}

TEST(Contract, isBrokenByADefenceThatDelaysAndMakesNoShaper) {
  EXPECT_EQ(fault(Delaying(nullptr)),
            "defence 'toy' on the line of 'plug' made no shaper: one that delays (delays()) makes one with "
            "shaper() for every device that devices() names");
}

TEST(Contract, isBrokenByADummyThatIsNotMarked) {
  EXPECT_EQ(
      fault(Toy(once(dummy_at(start + 5 * second, false)))),
      "defence 'toy' on the line of 'plug' gave a packet that is not marked as a dummy: a schedule gives "
      "cover traffic alone, with DevicePacket::dummy true");
}

TEST(Contract, isBrokenByADummyInThePast) {
  EXPECT_EQ(fault(Toy(once(dummy_at(start - second)))),
            "defence 'toy' on the line of 'plug' gave a dummy at 2023-11-14T22:13:19Z, after a packet at "
            "2023-11-14T22:13:20Z had left: next() gives packets in time order, none in the past");
}

TEST(Contract, isBrokenByADummyThatIsNotDueYet) {
  EXPECT_EQ(
      fault(Toy(once(dummy_at(start + 60 * second)))),
      "defence 'toy' on the line of 'plug' gave a dummy at 2023-11-14T22:14:20Z when asked for what is due "
      "before 2023-11-14T22:13:30Z: next(until) gives what comes earlier than that, and false when there "
      "is none");
}

TEST(Contract, isBrokenByDummiesWithoutEnd) {
  EXPECT_EQ(fault(Toy([](Nanoseconds, DevicePacket& dummy) {
              dummy = dummy_at(start + second);
              return true;
            })),
            "defence 'toy' on the line of 'plug' gives packets without end: 1000000 within a second from "
            "2023-11-14T22:13:21Z on; next(until) gives false when nothing more is due before `until`");
}

TEST(Contract, isBrokenByDummiesThatHardlyGetOn) {
  Nanoseconds time = start;
  EXPECT_THAT(fault(Toy([&time](Nanoseconds, DevicePacket& dummy) {
                dummy = dummy_at(++time);
                return true;
              })),
              HasSubstr("gives packets without end: 1000000 within a second"));
}

TEST(Contract, isBrokenByCellsWithoutEnd) {
  EXPECT_THAT(fault(Delaying([](Nanoseconds, Cell& cell) {
                cell = {start + second, Direction::out, 100, 0, 0};
                return true;
              })),
              HasSubstr("defence 'toy' on the line of 'plug' gives packets without end: "));
}

TEST(Contract, isBrokenByACellWithMoreUserDataThanItHolds) {
  EXPECT_EQ(
      fault(Delaying([done = false](Nanoseconds, Cell& cell) mutable {
        cell = {start + second, Direction::out, 100, 90, 20};
        return !std::exchange(done, true);
      })),
      "defence 'toy' on the line of 'plug' gave a cell of 100 bytes with 110 bytes of user data: a cell "
      "carries no more than its size");
}

}  // namespace
}  // namespace ipet::defence
