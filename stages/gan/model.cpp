#include "stages/gan/model.hpp"

#include <algorithm>
#include <cmath>

namespace ipet::gan {

using traffic::DevicePacket;
using traffic::Nanoseconds;

/// A gap that was going on when the walk began is one that is long enough, of those that the law draws.
Nanoseconds Walk::draw_time() {
  Nanoseconds time = 0;
  for (int tries = 0; tries < 50; ++tries) {
    generator_.draw(step_, random_);
    time = past_.last() + alphabet_.gap(step_.symbol.gap, random_);
    if (time >= begin_) return time;
  }
  return begin_ + (time - past_.last());
}

Nanoseconds Walk::earliest() const {
  if (sent_ < limit_.packets) return begin_;
  return begin_ + std::llround((sent_ + 1 - limit_.packets) / limit_.per_second * 1e9);
}

DevicePacket Walk::next() {
  step_.view = past_.view();
  const Nanoseconds time = std::max(draw_time(), earliest());
  ++sent_;
  DevicePacket packet = alphabet_.packet(step_.symbol.kind, random_);
  packet.time = time;
  past_.add(step_.symbol, time);
  return packet;
}

}  // namespace ipet::gan
