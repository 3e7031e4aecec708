#include "stages/capture/capture_reader.hpp"

#include <utility>

#include "stages/capture/decode.hpp"

namespace ipet::capture {

CaptureReader::CaptureReader(std::vector<std::filesystem::path> files) : files_(std::move(files)) {
  if (!files_.empty()) open_next();
}

void CaptureReader::open_next() {
  frames_ = open_capture_file(files_[next_file_++]);
  ++statistics_.files;
  frames_before_ = statistics_.frames;
  first_of_file_ = true;
}

/// Files of one recording follow each other. A rotated capture may overlap by a clock correction, not by a
/// minute.
void CaptureReader::refuse_overlap(traffic::Nanoseconds time) const {
  if (next_file_ < 2 || !timed_ || time + 60 * traffic::second >= order_.newest()) return;
  throw CaptureError(files_[next_file_ - 1].string() + ": begins before " + files_[next_file_ - 2].string() +
                     " ends; such files are recordings of their own (recordings = \"file\")");
}

void CaptureReader::close_file() {
  const std::string name = files_[next_file_ - 1].string();
  if (!frames_->loss().empty()) {
    ++statistics_.cut_short;
    file_losses_.push_back(name + ": " + frames_->loss());
  } else if (statistics_.frames == frames_before_) {
    ++statistics_.without_frames;
    file_losses_.push_back(name + ": a capture without packets");
  }
  frames_.reset();
}

bool CaptureReader::read_frame() {
  if (!frames_) return false;
  Frame frame;
  while (!frames_->next(frame)) {
    close_file();
    if (next_file_ == files_.size()) {
      release_untimed(0);
      return false;
    }
    open_next();
  }
  ++statistics_.frames;
  traffic::Packet packet;
  switch (decode(frame, packet)) {
    case Outcome::packet:
      break;
    case Outcome::other:
      ++statistics_.other_protocols;
      return true;
    case Outcome::fragment:
      ++statistics_.fragments;
      return true;
    case Outcome::undecodable:
      ++statistics_.undecodable;
      return true;
    case Outcome::unsupported:
      ++statistics_.unsupported;
      return true;
  }
  ++statistics_.packets;
  if (frame.has_time) {
    if (std::exchange(first_of_file_, false)) refuse_overlap(frame.time);
    release_untimed(frame.time);
    packet.time = frame.time;
    order_.push(packet);
  } else {
    ++statistics_.without_time;
    push_untimed(packet);
  }
  return true;
}

void CaptureReader::push_untimed(traffic::Packet& packet) {
  if (!timed_ && untimed_.size() < TimeOrder::most_held) return untimed_.push_back(packet);
  release_untimed(0);
  packet.time = order_.newest();
  order_.push(packet);
}

void CaptureReader::release_untimed(traffic::Nanoseconds time) {
  timed_ = true;
  for (traffic::Packet& packet : untimed_) {
    packet.time = time;
    order_.push(packet);
  }
  untimed_.clear();
}

bool CaptureReader::next(std::size_t limit, traffic::Nanoseconds span,
                         std::vector<traffic::Packet>& packets) {
  packets.clear();
  bool more = true;
  while (packets.size() < limit) {
    while (more && !order_.ready()) more = read_frame();
    if (order_.size() == 0) break;
    if (!packets.empty() && order_.oldest().time - packets.front().time >= span) break;
    packets.push_back(order_.pop());
  }
  statistics_.reordered = order_.reordered();
  statistics_.late = order_.late();
  return order_.size() > 0 || frames_ != nullptr;
}

}  // namespace ipet::capture
