#include "stages/capture/pcap_reader.hpp"

#include <algorithm>

#include <tbb/parallel_for.h>

#include "stages/capture/decode.hpp"
#include "stages/capture/patience.hpp"

namespace ipet::capture {

namespace {

/// Frames that are read one by one before packets go on.
constexpr std::size_t frames_at_once = 4096;

}  // namespace

PcapReader::PcapReader(std::vector<std::filesystem::path> files, ReadingOptions options)
    : options_(options),
      files_(std::move(files)),
      blocks_(std::max<std::size_t>(options.blocks_at_once, 1)),
      decoded_(blocks_.size()),
      order_(options.clock_steps) {
  for (RecordBlock& block : blocks_) block.tunnels = options.tunnels;
  if (!files_.empty()) open_next();
}

void PcapReader::open_next() {
  if (options_.checksums) checksum_ = std::make_unique<FileChecksum>();
  frames_ = open_capture_file(files_[next_file_++], checksum_.get());
  ++statistics_.files;
  frames_before_ = statistics_.frames;
  order_.clock().begin_file();
}

std::vector<std::string> PcapReader::clock_notes() const {
  std::vector<std::string> texts;
  for (const ClockWatch::Note& note : order_.clock().notes()) {
    std::string text = files_[note.file - 1].string() + ": " + note.text;
    if (note.before > 0) text += ", between " + files_[note.before - 1].string() + " and this file";
    if (note.overlap)
      text +=
          "; files that were recorded at the same time are recordings of their own (recordings = \"file\")";
    texts.push_back(std::move(text));
  }
  return texts;
}

void PcapReader::close_file() {
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
  if (Patience::is_over()) return;  // who knows whether that was all
  files_read_.push_back({files_[next_file_ - 1], checksum_->bytes(), checksum_->text()});
}

void PcapReader::end_of_file() {
  close_file();
  if (next_file_ < files_.size()) return open_next();
  order_.finish();
}

bool PcapReader::read_some() {
  if (!frames_) return false;
  if (!(frames_->has_blocks() ? read_blocks() : read_frames())) end_of_file();
  return true;
}

bool PcapReader::read_blocks() {
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

bool PcapReader::read_frames() {
  bool more = true;
  Frame frame;
  for (std::size_t i = 0; i < frames_at_once && more; ++i) {
    more = frames_->next(frame);
    if (more) take(frame);
  }
  order_.put_in_order();
  return more;
}

void PcapReader::take(DecodedBlock& block) {
  statistics_.FrameCounts::add(block);
  statistics_.packets += block.packets.size();
  order_.clock().pass(std::move(block.packets), block.newest, block.back);
  order_.put_in_order();
}

void PcapReader::take(const Frame& frame) {
  ++statistics_.frames;
  traffic::Packet packet;
  OtherProtocol other;
  const Outcome outcome = decode(frame, packet, options_.tunnels, &other);
  if (outcome != Outcome::packet) return statistics_.leave_out(outcome, other);
  ++statistics_.packets;
  if (frame.has_time) {
    packet.time = frame.time;
    order_.clock().push(packet);
  } else {
    ++statistics_.without_time;
    order_.clock().push_untimed(packet);
  }
}

bool PcapReader::next(std::size_t limit, traffic::Nanoseconds span, std::vector<traffic::Packet>& packets) {
  while (order_.empty() && read_some() && !Patience::is_over()) {
  }
  order_.take(limit, span, packets);
  statistics_.reordered = order_.reordered();
  statistics_.late = order_.late();
  statistics_.wrong_times = order_.clock().wrong_times();
  statistics_.clock_steps = order_.clock().steps();
  return !order_.empty() || frames_ != nullptr;
}

}  // namespace ipet::capture
