// Makes traffic that looks like a device's, from recordings of its past: the part of chorus that is swapped.
// An imitator is a component:
//
//   catalog.component<defence::Imitator, MyImitator>("my_imitator").option("jitter", &MyOptions::jitter);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stages/defence/resources.hpp"
#include "stages/pool/pool.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

/// One device, imitated on the line of another one for one day or a part of it.
struct Imitation {
  std::size_t device = 0;         ///< whom: in Pool::devices
  std::vector<std::size_t> days;  ///< what of the pool may be used: positions in Pool::days, ascending
  traffic::Nanoseconds begin = 0, end = 0;  ///< when, half open
  traffic::StreamKey key;  ///< for random numbers; another one for every line, device and day
  /// Another one for every pair of devices, but the same on all days: for choices that must not come twice.
  traffic::StreamKey across_days = traffic::StreamKey(0);
  std::function<void()> check = {};  ///< as Resources::check
  /// What the imitator needs (its own needs, as a defence has them); of the call only.
  const Resources* resources = nullptr;
};

/// The packets of one imitation, in time order, all of them in [begin, end).
class CoverSource {
 public:
  virtual ~CoverSource() = default;
  /// The next packet that is due before `until`; false when there is none. Its `dummy` is true.
  virtual bool next(traffic::Nanoseconds until, traffic::DevicePacket& packet) = 0;
};

/// Called from several threads at once.
class Imitator {
 public:
  static constexpr std::string_view type_name = "imitator";
  static constexpr int type_version = 3;

  virtual ~Imitator() = default;
  /// The pool outlives the source. A day on which the device was silent is imitated by silence.
  [[nodiscard]] virtual std::unique_ptr<CoverSource> imitate(const Pool& pool,
                                                             const Imitation& imitation) const = 0;
};

}  // namespace ipet::defence
