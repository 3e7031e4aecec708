// Imitations by a generator that was trained against a discriminator (training.hpp). Nothing of the pool is
// sent again but by chance: packets' kinds are drawn one by one, and gaps lie between recorded ones.
//
// A device's generator is trained when it is first needed, once for each set of days, and kept until others
// have been used since. It follows from the packets of these days alone, whoever asks, in whatever order. A
// day on which the device was silent is drawn as often as there are such days, and is silence.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "stages/defence/imitator.hpp"
#include "stages/gan/model.hpp"

namespace ipet::gan {

class GanImitator final : public defence::Imitator {
 public:
  /// Options::day_offset_hours is the pool's. Keeps the models that were used last, half a megabyte each.
  explicit GanImitator(const Options& options, std::size_t most_models = 512)
      : options_(options), most_models_(most_models) {}

  [[nodiscard]] std::unique_ptr<defence::Voice> imitate(const defence::Pool& pool,
                                                        const defence::Imitation& imitation) const override;
  /// What imitations of a device from these days are made with; null where it was silent on all of them.
  [[nodiscard]] std::shared_ptr<const Model> model(const defence::Pool& pool, std::size_t device,
                                                   const std::vector<std::size_t>& days,
                                                   const std::function<void()>& check = {}) const;

 private:
  struct Entry {
    std::once_flag once;
    std::shared_ptr<const Model> model;
  };

  struct Kept {
    std::shared_ptr<Entry> entry;
    std::uint64_t used = 0;
  };

  Options options_;
  std::size_t most_models_;
  mutable std::mutex mutex_;
  mutable std::uint64_t uses_ = 0;
  mutable std::map<std::uint64_t, Kept> models_;  ///< by a digest of the packets
};

}  // namespace ipet::gan
