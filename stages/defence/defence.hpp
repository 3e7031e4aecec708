// What decides which packets leave on a device's line, and when: one interface for the mixer, which replays
// captures, and for a gateway with a clock. A defence is a component:
//
//   catalog.component<defence::Defence, MyDefence>("my_defence").option("rate", &MyOptions::rate);
//
// A defence either leaves user packets alone and adds dummies (a Schedule), or delays them and decides about
// everything that leaves (a Shaper).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/defence/perturbations.hpp"
#include "stages/defence/schedule.hpp"
#include "stages/defence/shaper.hpp"
#include "stages/traffic/random.hpp"
#include "stages/traffic/traces.hpp"

namespace ipet::defence {

/// What a defence is given beside its options; the same for all lines.
struct Resources {
  std::shared_ptr<const Perturbations> perturbations;  ///< null where none are connected
  /// Recordings of this home to learn from; null where none are connected. A defence that rolls uses, on each
  /// day, only what is older.
  std::shared_ptr<const traffic::Traces> pool = nullptr;
  std::uint64_t seed = 0;
  /// Called now and then by what takes long (training, planning); throws to stop it. Empty: nobody stops it.
  std::function<void()> check = {};
};

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

  /// For the random numbers of a defence on this line.
  [[nodiscard]] traffic::StreamKey key(const Resources& resources, std::string_view defence) const {
    const traffic::StreamKey key =
        traffic::StreamKey(resources.seed).with("defence").with(defence).with(device).with(capture);
    return up ? key.with(static_cast<std::uint64_t>(up->begin)) : key;
  }
};

/// Called from several threads at once.
class Defence {
 public:
  static constexpr std::string_view type_name = "defence";
  static constexpr int type_version = 3;

  virtual ~Defence() = default;
  /// Whether user packets may leave later than they come. Then shaper() makes the lines, else schedule().
  [[nodiscard]] virtual bool delays() const { return false; }
  /// The same defence with about `intensity` times its cover traffic, for comparisons at equal cost; null
  /// where it has no such knob.
  [[nodiscard]] virtual std::shared_ptr<const Defence> at_intensity(double intensity) const {
    (void)intensity;
    return nullptr;
  }
  /// Called before the first line. Throws std::runtime_error naming what is missing or wrong.
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
  /// What a reader of its results should know, in lines of text: whom it protects how well, and whom not.
  [[nodiscard]] virtual std::vector<std::string> report(const Resources& resources) const {
    (void)resources;
    return {};
  }
  [[nodiscard]] virtual std::unique_ptr<Schedule> schedule(const Resources& resources,
                                                           const Line& line) const {
    (void)resources, (void)line;
    return nullptr;
  }
  [[nodiscard]] virtual std::unique_ptr<Shaper> shaper(const Resources& resources, const Line& line) const {
    (void)resources, (void)line;
    return nullptr;
  }
};

}  // namespace ipet::defence
