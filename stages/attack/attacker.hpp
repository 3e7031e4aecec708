// Who names the device behind a line. An attacker is a component:
//
//   catalog.component<attack::Attacker, MyAttacker>("my_attacker").option("trees", &MyOptions::trees);
//
// Fingerprinting models (fingerprint::ModelFactory) need no code to attack: window_attacker and
// aggregate_attacker take any of them. No LibTorch here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/attack/view.hpp"
#include "stages/attack/view_rows.hpp"
#include "stages/model/observer.hpp"

namespace ipet::attack {

/// A trained attacker. Called from several threads at once.
class Classifier {
 public:
  virtual ~Classifier() = default;
  /// Class probabilities, [row, class]; rows sum to 1.
  [[nodiscard]] virtual std::vector<float> probabilities(const Rows& rows) const = 0;
};

/// What whoever owns the same devices has recorded of one of them, without a defence.
struct CleanRecording {
  std::uint16_t label = 0;  ///< class of the device
  Interval interval;
  std::span<const traffic::DevicePacket> packets;  ///< in time order
};

/// Called from several threads at once.
class Attacker {
 public:
  static constexpr std::string_view type_name = "attacker";
  static constexpr int type_version = 2;

  virtual ~Attacker() = default;
  /// The same attacker with what it learns of the devices from undefended traffic (their timers, their
  /// sizes), which then takes this one's place; null: it learns nothing from that. `recordings`: of all days
  /// for warming up and training, by time; they live as long as the call.
  [[nodiscard]] virtual std::shared_ptr<const Attacker> acquainted(std::span<const CleanRecording> recordings,
                                                                   std::size_t classes) const {
    static_cast<void>(recordings), static_cast<void>(classes);
    return nullptr;
  }
  /// What tables call it, options that matter included: "lstm", "lstm without silence", "forest 15 min".
  [[nodiscard]] virtual std::string title() const = 0;
  [[nodiscard]] virtual const View& view() const = 0;
  /// At most so many rows of a class are worth training on; 0: all. The evaluation chooses them.
  [[nodiscard]] virtual std::size_t most_rows() const { return 0; }
  /// `validation` may be empty. The result depends on the rows and the seed alone, not on the number of
  /// threads. Throws std::runtime_error when there is nothing to train on.
  [[nodiscard]] virtual std::unique_ptr<const Classifier> train(const Rows& training, const Rows& validation,
                                                                std::size_t classes, std::uint64_t seed,
                                                                fingerprint::Observer& observer) const = 0;
};

}  // namespace ipet::attack
