#include "stages/padding/front.hpp"

#include <algorithm>
#include <cmath>

#include "stages/defence/periods.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

namespace {

constexpr double most_widths = 5;

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::size_t index(Direction direction) {
  return static_cast<std::size_t>(direction);
}

}  // namespace

SizeHistory::SizeHistory(const Pool& pool) {
  for (std::size_t day = 0; day < pool.days().size(); ++day) {
    days_.push_back({pool.days()[day].number, {sizes_[0].size(), sizes_[1].size()}});
    for (std::size_t device = 0; device < pool.devices().size(); ++device)
      for (const DevicePacket& packet : pool.packets(device, day))
        sizes_[index(packet.direction)].push_back(packet.size);
  }
}

std::uint32_t SizeHistory::draw(Direction direction, std::int64_t day, traffic::Random& random,
                                std::uint32_t fallback) const {
  const auto& sizes = sizes_[index(direction)];
  const auto first = std::ranges::lower_bound(days_, day, {}, &Day::number);
  const std::size_t known = first == days_.end() ? sizes.size() : first->before[index(direction)];
  return known == 0 ? fallback : sizes[random.below(known)];
}

void Front::user_packet(const DevicePacket& packet) {
  if (!begun_ || packet.time - last_ >= options_.idle.count()) begin_session(packet.time);
  begun_ = true;
  last_ = packet.time;
}

void Front::begin_session(Nanoseconds time) {
  if (options_.most < 2 && random_.uniform(0, 2) >= options_.most) return;
  const auto most = static_cast<std::uint64_t>(std::max(2.0, std::round(options_.most)));
  for (const Direction direction : {Direction::out, Direction::in}) {
    const double width = random_.uniform(seconds(options_.narrowest), seconds(options_.widest));
    for (std::uint64_t left = 1 + random_.below(most - 1); left > 0; --left) {
      double after = 0;  // in widths
      do after = std::sqrt(2 * random_.exponential(1));
      while (after > most_widths);
      const Nanoseconds at = time + to_nanoseconds(after * width);
      const std::int64_t day = traffic::day_of(time, options_.day_offset_hours);
      due_.push({at, sizes_->draw(direction, day, random_, options_.size), direction, options_.dummy_protocol,
                 true});
    }
  }
}

bool Front::next(Nanoseconds until, DevicePacket& dummy) {
  if (due_.empty() || due_.top().time >= until) return false;
  dummy = due_.top();
  due_.pop();
  return true;
}

Nanoseconds Front::tail() const {
  return to_nanoseconds(most_widths * seconds(options_.widest)) + 1;
}

void Front::rest() {
  begun_ = false;
  due_ = {};
}

}  // namespace ipet::defence
