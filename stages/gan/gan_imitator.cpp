#include "stages/gan/gan_imitator.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "stages/gan/training.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::gan {

using defence::Imitation;
using defence::Pool;
using defence::Voice;
using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

class Silence final : public Voice {
 public:
  bool next(Nanoseconds, DevicePacket&) override { return false; }
};

class GanVoice final : public Voice {
 public:
  GanVoice(std::shared_ptr<const Model> model, const Past& past, const Imitation& imitation)
      : model_(std::move(model)),
        random_(imitation.key.with("gan")),
        end_(imitation.end),
        walk_(model_->alphabet, model_->generator, past, imitation.begin, random_, model_->limit),
        due_(walk_.next()) {}
  bool next(Nanoseconds until, DevicePacket& packet) override {
    if (due_.time >= until || due_.time >= end_) return false;
    packet = due_;
    due_ = walk_.next();
    return true;
  }

 private:
  std::shared_ptr<const Model> model_;
  traffic::Random random_;
  Nanoseconds end_;
  Walk walk_;
  DevicePacket due_;
};

/// What a device sent and received on some days: of each time without a gap that was recorded, also over
/// midnight, so that a pause there is as long as it was. Days on which it was silent are none.
class Recordings {
 public:
  Recordings(const Pool& pool, std::size_t device, const std::vector<std::size_t>& days) {
    std::optional<std::int64_t> last;
    for (const std::size_t number : days) {
      const auto packets = pool.packets(device, number);
      if (packets.empty()) continue;
      const defence::PoolDay& day = pool.days()[number];
      bool goes_on = last && day.number == *last + 1 && day.continues;
      for (const defence::RecordedSpan& span : day.recorded) {
        if (!std::exchange(goes_on, false)) begin(span.begin);
        const auto first = std::ranges::lower_bound(packets, span.begin, {}, &DevicePacket::time);
        const auto end = std::ranges::upper_bound(packets, span.end, {}, &DevicePacket::time);
        add({first, end}, span.end);
      }
      last = day.number;
    }
  }
  [[nodiscard]] const std::vector<Recording>& all() const { return all_; }

 private:
  void begin(Nanoseconds time) {
    all_.push_back({time, time, {}});
    joined_.emplace_back();
  }
  /// What lies in one piece is not copied.
  void add(std::span<const DevicePacket> packets, Nanoseconds end) {
    Recording& recording = all_.back();
    std::vector<DevicePacket>& joined = joined_.back();
    recording.end = end;
    if (packets.empty()) return;
    if (recording.packets.empty()) {
      recording.packets = packets;
      return;
    }
    if (joined.empty()) joined.assign(recording.packets.begin(), recording.packets.end());
    joined.insert(joined.end(), packets.begin(), packets.end());
    recording.packets = joined;
  }

  std::vector<Recording> all_;
  std::vector<std::vector<DevicePacket>> joined_;
};

/// Of all that a model follows from; none of nothing.
struct Digest {
  std::optional<std::uint64_t> word;
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
};

std::optional<std::uint64_t> digest(const std::vector<Recording>& recordings) {
  if (recordings.empty()) return std::nullopt;
  std::uint64_t word = recordings.size();
  const auto add = [&word](std::uint64_t part) { word = traffic::mix(word ^ part) + part; };
  for (const Recording& recording : recordings) {
    add(static_cast<std::uint64_t>(recording.begin));
    add(static_cast<std::uint64_t>(recording.end));
    for (const DevicePacket& packet : recording.packets) {
      add(static_cast<std::uint64_t>(packet.time));
      add(std::uint64_t{packet.size} << 16 | static_cast<std::uint64_t>(packet.direction) << 8 |
          static_cast<std::uint64_t>(packet.protocol));
    }
  }
  return word;
}

/// What was before on the line: as on one of the days, at the time of day when the imitation begins.
Past past_of(const Model& model, const Recording& recording, Nanoseconds begin) {
  const Nanoseconds offset = traffic::day_offset(model.options.day_offset_hours);
  const auto clock = [&](Nanoseconds time) { return (time - offset) % traffic::day; };
  const Nanoseconds then = recording.begin - clock(recording.begin) + clock(begin);
  Past past(model.alphabet, model.options.event_gap, model.options.day_offset_hours,
            std::min(recording.begin, then));
  for (const DevicePacket& packet : recording.packets) {
    if (packet.time >= then) break;
    past.add({model.alphabet.kind_of(packet), model.alphabet.gap_of(packet.time - past.last())}, packet.time);
  }
  past.shift(begin - then);
  return past;
}

}  // namespace

std::shared_ptr<const Model> GanImitator::model(const Pool& pool, std::size_t device,
                                                const std::vector<std::size_t>& days,
                                                const std::function<void()>& check) const {
  const auto known = pool.memo<Digest>(device, days, 0,
                                       [&] { return Digest{digest(Recordings(pool, device, days).all())}; });
  if (!known->word) return nullptr;
  Options options = options_;
  options.day_offset_hours = pool.day_offset_hours();
  const std::uint64_t key =
      traffic::mix(*known->word ^ std::bit_cast<std::uint64_t>(options.day_offset_hours));
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    Kept& found = models_[key];
    found.used = ++uses_;
    if (!found.entry) found.entry = std::make_shared<Entry>();
    entry = found.entry;
    if (models_.size() > most_models_)
      models_.erase(std::ranges::min_element(models_, {}, [](const auto& each) { return each.second.used; }));
  }
  std::call_once(entry->once, [&] {
    const Recordings recordings(pool, device, days);
    entry->model = std::make_shared<const Model>(
        train(recordings.all(), options, traffic::StreamKey(key).with("gan"), check));
  });
  return entry->model;
}

std::unique_ptr<Voice> GanImitator::imitate(const Pool& pool, const Imitation& imitation) const {
  traffic::Random random(imitation.key.with("day"));
  if (imitation.days.empty()) return std::make_unique<Silence>();
  const std::size_t day = imitation.days[random.below(imitation.days.size())];
  const auto packets = pool.packets(imitation.device, day);
  if (packets.empty()) return std::make_unique<Silence>();
  auto made = model(pool, imitation.device, imitation.days, imitation.check);
  const Past past = past_of(*made, {pool.days()[day].begin, pool.days()[day].end, packets}, imitation.begin);
  return std::make_unique<GanVoice>(std::move(made), past, imitation);
}

}  // namespace ipet::gan
