#include "stages/pool/pool.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "stages/process/one.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

static_assert(sizeof(DevicePacket) == 16);  // as pool.hpp and traces.hpp say

/// No home is silent for so long: what is between two packets of a recording.
constexpr Nanoseconds longest_silence = 3'600 * traffic::second;
/// But one that is so more often than twice a day, whose way it is.
constexpr std::size_t most_pieces = 3;

/// When a day had packets, to the minute: enough to find all long silences.
class Minutes {
 public:
  void add(Nanoseconds since_midnight, Nanoseconds time) {
    const auto minute = static_cast<std::size_t>(since_midnight / (60 * traffic::second));
    if (minute >= cells_.size()) cells_.resize(minute + 1);
    std::optional<RecordedSpan>& cell = cells_[minute];
    if (!cell) cell = {time, time};
    cell = {std::min(cell->begin, time), std::max(cell->end, time)};
  }
  [[nodiscard]] std::vector<RecordedSpan> spans() const {
    std::vector<RecordedSpan> spans;
    for (const auto& cell : cells_) {
      if (!cell) continue;
      if (spans.empty() || cell->begin - spans.back().end >= longest_silence) spans.push_back(*cell);
      spans.back().end = cell->end;
    }
    if (spans.size() > most_pieces) spans = {{spans.front().begin, spans.back().end}};
    return spans;
  }

 private:
  std::vector<std::optional<RecordedSpan>> cells_;
};

struct KnownPool {
  std::weak_ptr<const Pool> pool;  ///< which keeps its traces, so that their address is not given again
  const traffic::Traces* traces;
};
/// Of all plugins.
struct KnownPools {
  std::mutex mutex;
  std::vector<KnownPool> all;
};

}  // namespace

double PoolDay::recorded_seconds_before(Nanoseconds time) const {
  double seconds = 0;
  for (const RecordedSpan& span : recorded)
    seconds += static_cast<double>(std::max<Nanoseconds>(0, std::min(time, span.end) - span.begin)) /
               traffic::second;
  return seconds;
}

bool PoolDay::recorded_at(Nanoseconds time) const {
  return std::ranges::any_of(
      recorded, [time](const RecordedSpan& span) { return span.begin <= time && time <= span.end; });
}

Pool::Pool(std::shared_ptr<const traffic::Traces> traces, double day_offset_hours)
    : traces_(std::move(traces)), day_offset_hours_(day_offset_hours) {
  if (traces_ == nullptr) throw std::invalid_argument("a pool needs recordings");
  find_days();
  find_packets();
}

std::string Pool::memo_key(std::size_t device, std::span<const std::size_t> days, std::int64_t option) {
  std::string key = std::to_string(option);
  const auto add = [&](std::size_t number) {
    key += ' ';
    key += std::to_string(number);
  };
  add(device);
  std::ranges::for_each(days, add);
  return key;
}

void Pool::find_days() {
  std::map<std::int64_t, Minutes> found;
  for (const traffic::Trace& trace : traces_->traces)
    for (const DevicePacket& packet : trace.packets) {
      if (packet.dummy) continue;
      const std::int64_t number = traffic::day_of(packet.time, day_offset_hours_);
      found[number].add(packet.time - traffic::begin_of_day(number, day_offset_hours_), packet.time);
    }
  for (const auto& [number, minutes] : found) {
    PoolDay day;
    day.number = number;
    day.recorded = minutes.spans();
    day.begin = day.recorded.front().begin;
    day.end = day.recorded.back().end;
    day.continues =
        !days_.empty() && days_.back().number + 1 == number && day.begin - days_.back().end < longest_silence;
    days_.push_back(std::move(day));
  }
}

void Pool::find_packets() {
  using Packets = std::span<const DevicePacket>;
  std::vector<std::vector<Packets>> pieces(devices().size() * days_.size());
  for (const traffic::Trace& trace : traces_->traces) {
    const Packets all = trace.packets;
    for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
      last = first + 1;
      if (all[first].dummy) continue;
      const std::int64_t number = traffic::day_of(all[first].time, day_offset_hours_);
      const Nanoseconds begin = traffic::begin_of_day(number, day_offset_hours_);
      while (last < all.size() && !all[last].dummy && all[last].time >= begin &&
             all[last].time < begin + traffic::day)
        ++last;
      const auto day = std::ranges::lower_bound(days_, number, {}, &PoolDay::number) - days_.begin();
      pieces[trace.device * days_.size() + static_cast<std::size_t>(day)].push_back(
          all.subspan(first, last - first));
    }
  }
  for (const std::vector<Packets>& parts : pieces) {
    if (parts.empty()) {
      packets_.emplace_back();
    } else if (parts.size() == 1 && std::ranges::is_sorted(parts[0], {}, &DevicePacket::time)) {
      packets_.push_back(parts[0]);
    } else {  // captures of one day may overlap
      auto& merged = merged_.emplace_back();
      for (const Packets part : parts) merged.insert(merged.end(), part.begin(), part.end());
      std::ranges::stable_sort(merged, {}, &DevicePacket::time);
      packets_.push_back(merged);
    }
  }
}

std::shared_ptr<const Pool> Pool::of(const std::shared_ptr<const traffic::Traces>& traces,
                                     double day_offset_hours) {
  auto& [mutex, all] = process::one<KnownPools>("defence.pools");
  const std::lock_guard lock(mutex);
  std::erase_if(all, [](const KnownPool& known) { return known.pool.expired(); });
  for (const KnownPool& known : all)
    if (auto pool = known.pool.lock();
        pool != nullptr && known.traces == traces.get() && pool->day_offset_hours_ == day_offset_hours)
      return pool;
  auto made = std::make_shared<const Pool>(traces, day_offset_hours);
  all.push_back({made, traces.get()});
  return made;
}

}  // namespace ipet::defence
