#include "stages/gan/model.hpp"

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

DevicePacket Walk::next() {
  step_.view = past_.view();
  const Nanoseconds time = draw_time();
  DevicePacket packet = alphabet_.packet(step_.symbol.kind, random_);
  packet.time = time;
  past_.add(step_.symbol, time);
  return packet;
}

}  // namespace ipet::gan
