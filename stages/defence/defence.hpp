// What decides which packets leave on a device's line, and when: one interface for the mixer, which replays
// captures, and for a gateway with a clock. A defence is a component:
//
//   catalog.component<defence::Defence, MyDefence>("my_defence").option("rate", &MyOptions::rate);
//
// A defence either leaves user packets alone and adds dummies (a CoverSchedule), or delays them and decides
// about everything that leaves (a Shaper); or it decides about several lines together (a Group).
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/defence/cover_schedule.hpp"
#include "stages/defence/group.hpp"
#include "stages/defence/resources.hpp"
#include "stages/defence/shaper.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

/// One device in one capture, or on one day of it.
struct Line {
  std::string device;
  std::uint32_t capture = 0;
  /// When the line is up, half open, where that is known: a defence that never stops covers all of it. Else
  /// it begins with the first user packet and ends with the last one.
  struct Span {
    traffic::Nanoseconds begin = 0, end = 0;
  };
  std::optional<Span> up = std::nullopt;
  /// Those behind a line that devices share, where that is known.
  std::vector<std::string> devices = {};

  /// For the random numbers of a defence on this line.
  [[nodiscard]] traffic::StreamKey key(const Resources& resources, std::string_view defence) const {
    const traffic::StreamKey key =
        traffic::StreamKey(resources.seed).with("defence").with(defence).with(device).with(capture);
    return up ? key.with(static_cast<std::uint64_t>(up->begin)) : key;
  }
};

/// A defence that plays what was learned before the run, from days that it cannot tell.
struct LearnedBefore {
  std::string need;     ///< through which it comes: "perturbations"
  std::string learner;  ///< what has learned: "generators"
};

/// Called from several threads at once.
class Defence {
 public:
  static constexpr std::string_view type_name = "defence";
  static constexpr int type_version = 6;

  virtual ~Defence() = default;
  /// Whether user packets may leave later than they come. Then shaper() makes the lines, else schedule().
  [[nodiscard]] virtual bool delays() const { return false; }
  /// Whether it decides about the lines of a home together: then group() makes them all at once.
  [[nodiscard]] virtual bool groups() const { return false; }
  /// The same defence with about `intensity` times its cover traffic, for comparisons at equal cost; null
  /// where it has no such knob.
  [[nodiscard]] virtual std::shared_ptr<const Defence> at_intensity(double intensity) const {
    (void)intensity;
    return nullptr;
  }
  /// Called before the first line. Throws std::runtime_error naming what is missing or wrong in what was
  /// given.
  virtual void check(const Resources& resources) const { (void)resources; }
  /// Devices that it defends by name, because it was trained for them; null: any device.
  [[nodiscard]] virtual std::shared_ptr<const std::vector<std::string>> devices(
      const Resources& resources) const {
    (void)resources;
    return nullptr;
  }
  /// From when on it knows what it needs: the first day of a pool has no past to learn from, and lines pass
  /// it without cover. Evaluations leave that time out, or say so.
  [[nodiscard]] virtual traffic::Nanoseconds ready_from(const Resources& resources) const {
    (void)resources;
    return std::numeric_limits<traffic::Nanoseconds>::min();
  }
  /// Evaluations that do not know the days either say that they may be those of the test.
  [[nodiscard]] virtual std::optional<LearnedBefore> learned_before() const { return std::nullopt; }
  /// What a reader of its results should know, in lines of text: whom it protects how well, and whom not.
  [[nodiscard]] virtual std::vector<std::string> report(const Resources& resources) const {
    (void)resources;
    return {};
  }
  [[nodiscard]] virtual std::unique_ptr<CoverSchedule> schedule(const Resources& resources,
                                                                const Line& line) const {
    (void)resources, (void)line;
    return nullptr;
  }
  [[nodiscard]] virtual std::unique_ptr<Shaper> shaper(const Resources& resources, const Line& line) const {
    (void)resources, (void)line;
    return nullptr;
  }
  /// `lines`: of all devices that are to be protected, also of those that say nothing, of one capture or day;
  /// in an order that is the same every time.
  [[nodiscard]] virtual std::unique_ptr<Group> group(const Resources& resources,
                                                     std::span<const Line> lines) const {
    (void)resources, (void)lines;
    return nullptr;
  }
};

}  // namespace ipet::defence
