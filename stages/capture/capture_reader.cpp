#include "stages/capture/capture_reader.hpp"

#include <algorithm>
#include <utility>

#include <tbb/parallel_for.h>

#include "stages/capture/decode.hpp"

namespace ipet::capture {

namespace {

/// Frames that are read one by one before packets go on.
constexpr std::size_t frames_at_once = 4096;

}  // namespace

CaptureReader::CaptureReader(std::vector<std::filesystem::path> files, ReadingOptions options)
    : options_(options),
      files_(std::move(files)),
      blocks_(std::max<std::size_t>(options.blocks_at_once, 1)),
      decoded_(blocks_.size()) {
  if (!files_.empty()) open_next();
}

void CaptureReader::open_next() {
  if (options_.checksums) checksum_ = std::make_unique<FileChecksum>();
  frames_ = open_capture_file(files_[next_file_++], checksum_.get());
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
  if (!checksum_) return;
  const std::filesystem::path& path = files_[next_file_ - 1];
  checksum_->finish(path);
  files_read_.push_back({path, checksum_->bytes(), checksum_->text()});
}

void CaptureReader::end_of_file() {
  close_file();
  if (next_file_ < files_.size()) return open_next();
  release_untimed(0);
  if (std::vector<traffic::Packet> rest = order_.rest(); !rest.empty()) ready_.push_back(std::move(rest));
}

bool CaptureReader::read_some() {
  if (!frames_) return false;
  if (!(frames_->has_blocks() ? read_blocks() : read_frames())) end_of_file();
  return true;
}

bool CaptureReader::read_blocks() {
  std::size_t count = 0;
  if (blocks_.size() == 1) {
    if (frames_->next_block(blocks_[0], &decoded_[0])) count = 1;
  } else {
    while (count < blocks_.size() && frames_->next_block(blocks_[count], nullptr)) ++count;
    tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { decode_block(blocks_[i], decoded_[i]); });
  }
  for (std::size_t i = 0; i < count; ++i) take(decoded_[i]);
  return count == blocks_.size();
}

bool CaptureReader::read_frames() {
  std::vector<traffic::Packet> ready;
  bool more = true;
  Frame frame;
  for (std::size_t i = 0; i < frames_at_once && more; ++i) {
    more = frames_->next(frame);
    if (more) take(frame, ready);
  }
  if (!ready.empty()) ready_.push_back(std::move(ready));
  return more;
}

/// Before packets of which the first has this time.
void CaptureReader::begin_packets(traffic::Nanoseconds time) {
  if (std::exchange(first_of_file_, false)) refuse_overlap(time);
  release_untimed(time);
}

void CaptureReader::take(DecodedBlock& block) {
  statistics_.frames += block.frames;
  statistics_.packets += block.packets.size();
  statistics_.other_protocols += block.other;
  statistics_.fragments += block.fragments;
  statistics_.undecodable += block.undecodable;
  statistics_.unsupported += block.unsupported;
  if (block.packets.empty()) return;
  begin_packets(block.packets.front().time);
  order_.pass(std::move(block.packets), block.ascending, ready_);
}

void CaptureReader::take(const Frame& frame, std::vector<traffic::Packet>& ready) {
  ++statistics_.frames;
  traffic::Packet packet;
  switch (decode(frame, packet)) {
    case Outcome::packet:
      break;
    case Outcome::other:
      ++statistics_.other_protocols;
      return;
    case Outcome::fragment:
      ++statistics_.fragments;
      return;
    case Outcome::undecodable:
      ++statistics_.undecodable;
      return;
    case Outcome::unsupported:
      ++statistics_.unsupported;
      return;
  }
  ++statistics_.packets;
  if (frame.has_time) {
    begin_packets(frame.time);
    packet.time = frame.time;
    order_.push(packet);
  } else {
    ++statistics_.without_time;
    push_untimed(packet);
  }
  while (order_.ready()) ready.push_back(order_.pop());
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
  while (ready_.empty() && read_some()) {
  }
  if (!ready_.empty()) {
    std::vector<traffic::Packet>& from = ready_.front();
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(taken_);
    auto end = begin + static_cast<std::ptrdiff_t>(std::min(limit, from.size() - taken_));
    if ((end - 1)->time - begin->time >= span)
      end = std::partition_point(begin, end, [&](const auto& p) { return p.time - begin->time < span; });
    const bool last = end == from.end();
    if (last && taken_ == 0)
      packets.swap(from);
    else
      packets.assign(begin, end);
    taken_ += packets.size();
    if (last) {
      ready_.pop_front();
      taken_ = 0;
    }
  }
  statistics_.reordered = order_.reordered();
  statistics_.late = order_.late();
  return !ready_.empty() || frames_ != nullptr;
}

}  // namespace ipet::capture
