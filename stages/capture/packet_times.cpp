#include "stages/capture/packet_times.hpp"

#include "stages/capture/decode.hpp"

namespace ipet::capture {

const PacketTimes::Verdict* PacketTimes::next() {
  while (ready_.empty() && !ended_) read_some();
  return ready_.empty() ? nullptr : &ready_.front();
}

void PacketTimes::read_some() {
  constexpr int frames_at_once = 1024;
  Frame frame;
  for (int i = 0; i < frames_at_once && !ended_; ++i) {
    ended_ = !frames_.next(frame);
    if (ended_) {
      clock_.finish();
      break;
    }
    for (; files_ < frames_.files_begun(); ++files_) clock_.begin_file();
    traffic::Packet packet;
    if (decode(frame, packet) != Outcome::packet) continue;
    packet.time = frame.time;
    if (frame.has_time)
      clock_.push(packet);
    else
      clock_.push_untimed(packet);
  }
  for (const ClockWatch::Stretch& stretch : clock_.take())
    for (const traffic::Packet& packet : stretch.packets)
      ready_.push_back({packet.time, stretch.shift, stretch.part});
}

}  // namespace ipet::capture
