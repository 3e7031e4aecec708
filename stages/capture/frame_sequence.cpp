#include "stages/capture/frame_sequence.hpp"

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
    if (read_) {
      checksum_.finish();
      read_(file(), checksum_);
    }
  }
}

}  // namespace ipet::capture
