// Bursts that are drawn of models, as one stream of packets: decoys and phantoms.
//
// Everything is keyed by what it is for and by absolute time, never by when somebody began to ask: moments by
// the day, timers by lives of four weeks, after which a device is as if it had been switched off and on. So
// timers go on over midnight, and lines that are made day by day carry one process.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/device_model/moments.hpp"

namespace ipet::device_model {

/// When drawn moments come: at about the times of day at which such moments were recorded (an hour's standard
/// deviation), or at any.
enum class Hours : std::uint8_t { own, uniform };
inline constexpr text::Word<Hours> hours_words[] = {{"own", Hours::own}, {"uniform", Hours::uniform}};

/// A packet of an imitated device.
struct ImitatedPacket {
  std::size_t device = 0;  ///< as BurstSource::Begin
  traffic::DevicePacket packet;
};

/// Bursts, in order of the times at which they begin.
class BurstSource {
 public:
  struct Begin {
    traffic::Nanoseconds time = 0;
    std::size_t device = 0;  ///< whose; numbered by who made the source
    std::shared_ptr<const Repertoire> repertoire;
    std::size_t model = 0, burst = 0;
    traffic::StreamKey key;  ///< for how it is played
  };
  virtual ~BurstSource() = default;
  /// The next one that begins before `until`; none when there is none, until a later `until` is asked for.
  virtual std::optional<Begin> next(traffic::Nanoseconds until) = 0;
  /// None begins before that time; the past where that is not known.
  [[nodiscard]] virtual traffic::Nanoseconds due() const {
    return std::numeric_limits<traffic::Nanoseconds>::min();
  }
};

/// What is drawn on a day (traffic::day_of); may be null.
using RepertoireOfDay = std::function<std::shared_ptr<const Repertoire>(std::int64_t day)>;

/// Moments of each day's repertoire, Poisson many, independently. With Hours::own, `rare` moments are taken
/// to have come at any time of day beside those that were recorded: of n recorded ones, rare / (rare + n) of
/// the drawn ones come at any, so that few recordings do not leave hours without any. Devices are numbered
/// `first` + the model's position.
std::unique_ptr<BurstSource> moments_source(RepertoireOfDay repertoire, traffic::StreamKey key,
                                            traffic::Nanoseconds from, double day_offset_hours, Hours hours,
                                            double rare, std::size_t first);
/// Beats of a timer of the repertoire's only model. `device`: its number.
std::unique_ptr<BurstSource> timer_source(std::shared_ptr<const Repertoire> repertoire, std::size_t timer,
                                          traffic::StreamKey key, traffic::Nanoseconds from,
                                          std::size_t device);

/// All sources together.
class ImitatedHome {
 public:
  /// Packets from `from` on; times are multiples of `resolution`, as those of recordings are.
  ImitatedHome(traffic::Nanoseconds from, traffic::Nanoseconds resolution)
      : from_(from), resolution_(resolution) {}

  /// Bursts of it that begin before `not_before` are left out.
  void add(std::unique_ptr<BurstSource> source, traffic::Nanoseconds not_before) {
    parts_.push_back({std::move(source), not_before, std::nullopt});
  }
  /// The next packet that is due before `until`, in time order; false when there is none. `until` never goes
  /// back.
  bool next(traffic::Nanoseconds until, ImitatedPacket& packet);
  /// No packet is due before that time.
  [[nodiscard]] traffic::Nanoseconds due() const;

 private:
  struct Part {
    std::unique_ptr<BurstSource> source;
    traffic::Nanoseconds not_before = 0;
    std::optional<BurstSource::Begin> begin;
  };
  struct Waiting {
    ImitatedPacket packet;
    std::uint64_t number = 0;  ///< packets of one time leave in the order in which their bursts began
    bool operator<(const Waiting& other) const {
      const auto key = [](const Waiting& w) { return std::pair(w.packet.packet.time, w.number); };
      return key(other) < key(*this);
    }
  };
  void begin_bursts(traffic::Nanoseconds until);
  void look_ahead(Part& part, traffic::Nanoseconds until) const;
  void begin_burst(const BurstSource::Begin& begin);

  traffic::Nanoseconds from_, resolution_;
  std::vector<Part> parts_;
  std::priority_queue<Waiting> waiting_;
  std::uint64_t number_ = 0;
};

}  // namespace ipet::device_model
