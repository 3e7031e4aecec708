// Frames of a recording, put in time order in bounded memory.
#pragma once

#include <cstdint>
#include <queue>

#include "stages/defended_capture/frame_writer.hpp"
#include "stages/synthesis/frames.hpp"

namespace ipet::synthesis {

/// Holds the frames that lie ahead of the moment up to which the recording is complete. Frames of one time
/// keep the order in which they were added.
class Timeline {
 public:
  /// Frames at or after `end` are dropped: the recording stops there.
  Timeline(defended_capture::FrameWriter& file, std::uint32_t snaplen, std::int64_t end)
      : file_(file), snaplen_(snaplen), end_(end) {}

  void add(std::int64_t time, Bytes frame) {
    if (time >= end_) return;
    const std::size_t length = frame.size();
    if (snaplen_ > 0 && frame.size() > snaplen_) {
      frame.resize(snaplen_);
      frame.shrink_to_fit();
    }
    queue_.push({time, order_++, length, std::move(frame)});
  }
  /// Writes all frames before `time`; none is added before it any more.
  void complete_until(std::int64_t time) {
    while (!queue_.empty() && queue_.top().time < time) {
      const Entry& entry = queue_.top();
      file_.write(entry.time, capture::LinkType::ethernet, entry.bytes,
                  static_cast<std::uint32_t>(entry.length));
      queue_.pop();
    }
  }

 private:
  struct Entry {
    std::int64_t time;
    std::uint64_t order;
    std::size_t length;  ///< of the whole frame
    Bytes bytes;
    bool operator<(const Entry& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  defended_capture::FrameWriter& file_;
  std::uint32_t snaplen_;
  std::int64_t end_;
  std::uint64_t order_ = 0;
  std::priority_queue<Entry> queue_;
};

}  // namespace ipet::synthesis
