// Moments of a home: bursts of one or several devices that come together, as when somebody comes home.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "stages/device_model/burst_player.hpp"

namespace ipet::device_model {

/// Bursts of which each begins at most so long after the end of one before it are one moment.
inline constexpr traffic::Nanoseconds together = 60 * traffic::second;

struct Moment {
  struct Part {
    std::size_t model = 0, burst = 0;
    traffic::Nanoseconds after = 0;  ///< the begin of the moment
  };
  traffic::Nanoseconds time = 0;  ///< as Burst::time
  std::vector<Part> parts;        ///< in time order
  double per_day = 0;             ///< how often it comes, in the mean
};

/// Models of one home, fitted on the same days, and the moments that are drawn of them.
class Repertoire {
 public:
  /// All events, `per_day` of each device in the mean, and `per_event` for each that it was recorded with a
  /// day. Moments of several devices stay together as far as the
  /// rates allow it: theirs are the frequencies nearest to the recorded ones that give the rates (in relative
  /// entropy, by iterative scaling, Darroch and Ratcliff 1972), where a device's part of a moment may also
  /// come alone, at first a hundredth as often. A device without an event has none.
  static std::shared_ptr<const Repertoire> of_events(std::vector<DeviceModel> models, double per_day,
                                                     double per_event = 0);
  /// What no timer of one device sends, as often as it was recorded.
  static std::shared_ptr<const Repertoire> of_rest(DeviceModel model);

  Repertoire(const Repertoire&) = delete;  // players refer to the models
  Repertoire& operator=(const Repertoire&) = delete;

  [[nodiscard]] const std::vector<DeviceModel>& models() const { return models_; }
  [[nodiscard]] const BurstPlayer& player(std::size_t model) const { return players_[model]; }
  [[nodiscard]] const std::vector<Moment>& moments() const { return moments_; }
  /// Moments a day.
  [[nodiscard]] double per_day() const { return sums_.empty() ? 0 : sums_.back(); }
  /// One of the moments, by how often each comes; there is one.
  [[nodiscard]] const Moment& draw(traffic::Random& random) const;

 private:
  explicit Repertoire(std::vector<DeviceModel> models);
  template <class Wanted>
  void gather(const Wanted& wanted);
  void let_parts_come_alone();
  using Rates = std::vector<double>;  ///< events a day, by model
  [[nodiscard]] Rates rates() const;
  void scale_to(const Rates& wanted);
  void sum_up();

  std::vector<DeviceModel> models_;
  std::vector<BurstPlayer> players_;
  std::vector<Moment> moments_;
  std::vector<double> sums_;  ///< of per_day, up to each
};

}  // namespace ipet::device_model
