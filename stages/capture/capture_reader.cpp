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
      decoded_(blocks_.size()),
      clock_(options.clock_steps) {
  for (RecordBlock& block : blocks_) block.tunnels = options.tunnels;
  if (!files_.empty()) open_next();
}

void CaptureReader::open_next() {
  if (options_.checksums) checksum_ = std::make_unique<FileChecksum>();
  frames_ = open_capture_file(files_[next_file_++], checksum_.get());
  ++statistics_.files;
  frames_before_ = statistics_.frames;
  clock_.begin_file();
}

/// Files of one recording follow each other. A rotated capture may overlap by a clock correction, not by a
/// minute.
void CaptureReader::refuse_overlap(std::size_t file) const {
  throw CaptureError(files_[file - 1].string() + ": begins before " + files_[file - 2].string() +
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
  checksum_->finish();
  files_read_.push_back({files_[next_file_ - 1], checksum_->bytes(), checksum_->text()});
}

void CaptureReader::end_of_file() {
  close_file();
  if (next_file_ < files_.size()) return open_next();
  clock_.finish();
  put_in_order();
  make_ready(order_.rest());
}

void CaptureReader::make_ready(std::vector<traffic::Packet>&& packets) {
  if (!packets.empty()) ready_.push_back({std::move(packets), ordered_part_});
}

void CaptureReader::put_in_order() {
  if (const auto file = clock_.overlap()) refuse_overlap(*file);
  std::deque<std::vector<traffic::Packet>> ordered;
  for (ClockWatch::Stretch& stretch : clock_.take()) {
    if (stretch.part != ordered_part_) {
      make_ready(order_.rest());
      order_.begin_anew();
      ordered_part_ = stretch.part;
    }
    order_.pass(std::move(stretch.packets), stretch.ascending, ordered);
    for (std::vector<traffic::Packet>& packets : ordered) make_ready(std::move(packets));
    ordered.clear();
  }
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
  bool more = true;
  Frame frame;
  for (std::size_t i = 0; i < frames_at_once && more; ++i) {
    more = frames_->next(frame);
    if (more) take(frame);
  }
  put_in_order();
  return more;
}

void CaptureReader::take(DecodedBlock& block) {
  statistics_.frames += block.frames;
  statistics_.packets += block.packets.size();
  statistics_.other_protocols += block.other;
  statistics_.fragments += block.fragments;
  statistics_.encrypted += block.encrypted;
  statistics_.undecodable += block.undecodable;
  statistics_.unsupported += block.unsupported;
  statistics_.others.add(block.others);
  clock_.pass(std::move(block.packets), block.newest, block.back);
  put_in_order();
}

void CaptureReader::take(const Frame& frame) {
  ++statistics_.frames;
  traffic::Packet packet;
  OtherProtocol other;
  switch (decode(frame, packet, options_.tunnels, &other)) {
    case Outcome::packet:
      break;
    case Outcome::other:
      statistics_.others.add(other);
      ++statistics_.other_protocols;
      return;
    case Outcome::fragment:
      ++statistics_.fragments;
      return;
    case Outcome::encrypted:
      ++statistics_.encrypted;
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
    packet.time = frame.time;
    clock_.push(packet);
  } else {
    ++statistics_.without_time;
    clock_.push_untimed(packet);
  }
}

bool CaptureReader::next(std::size_t limit, traffic::Nanoseconds span,
                         std::vector<traffic::Packet>& packets) {
  packets.clear();
  while (ready_.empty() && read_some()) {
  }
  if (!ready_.empty()) {
    std::vector<traffic::Packet>& from = ready_.front().packets;
    part_ = ready_.front().part;
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
  statistics_.wrong_times = clock_.wrong_times();
  statistics_.clock_steps = clock_.steps();
  return !ready_.empty() || frames_ != nullptr;
}

}  // namespace ipet::capture
