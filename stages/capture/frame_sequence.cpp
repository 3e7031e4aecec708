#include "stages/capture/frame_sequence.hpp"

#include "stages/capture/patience.hpp"

namespace ipet::capture {

bool FrameSequence::next(Frame& frame) {
  while (true) {
    if (!reader_) {
      if (next_file_ == files_.size()) return false;
      checksum_ = {};
      reader_ = open_capture_file(files_[next_file_++], read_ ? &checksum_ : nullptr);
    }
    if (reader_->next(frame)) return true;
    if (!reader_->loss().empty()) losses_.push_back(file().string() + ": " + reader_->loss());
    reader_.reset();
    if (!read_) continue;
    checksum_.finish();
    if (!Patience::is_over()) read_(file(), checksum_);  // else who knows whether that was all
  }
}

}  // namespace ipet::capture
