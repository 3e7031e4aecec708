#include "stages/attack/sequence_view.hpp"

#include <stdexcept>

#include "stages/attack/aggregate_view.hpp"
#include "stages/attack/bins.hpp"
#include "stages/attack/watched.hpp"

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;

class SequenceEye final : public FeatureExtractor {
 public:
  SequenceEye(const Interval& interval, Nanoseconds bin, std::size_t length)
      : interval_(interval), bin_(bin), length_(length), row_(2 * length) {}

  void add(std::span<const DevicePacket> packets, const Sink& sink) override {
    for (const DevicePacket& packet : watched(packets, interval_)) {
      if (count_ == length_ || (count_ > 0 && packet.time >= end_)) finish(sink);
      take(packet);
    }
  }
  void end(const Sink& sink) override {
    if (count_ > 0) finish(sink);
  }

 private:
  void take(const DevicePacket& packet) {
    if (count_ == 0) {
      start_ = packet.time;
      end_ = bin_of(packet.time, interval_, bin_).end;
    }
    const float sign = packet.direction == traffic::Direction::in ? -1 : 1;
    const double gap =
        begun_ ? static_cast<double>(packet.time - last_) / static_cast<double>(traffic::second) : 0;
    row_[count_] = sign * (static_cast<float>(packet.size) + 1);
    row_[length_ + count_] = sign * static_cast<float>(std::max(gap, 1e-6));
    ++count_;
    begun_ = true;
    last_ = packet.time;
  }
  void finish(const Sink& sink) {
    sink(start_, row_);
    std::fill(row_.begin(), row_.end(), 0.0F);
    count_ = 0;
  }

  Interval interval_;
  Nanoseconds bin_;
  std::size_t length_, count_ = 0;  ///< packets in the row
  std::vector<float> row_;
  Nanoseconds start_ = 0, end_ = 0;  ///< first packet of the row, end of its bin
  bool begun_ = false;
  Nanoseconds last_ = 0;
};

}  // namespace

SequenceView::SequenceView(double minutes, std::size_t length)
    : bin_(windows::AggregateSettings::make(minutes, 0).bin.count()),
      length_(length),
      name_("sequences of " + std::to_string(length) + " packets in " + minutes_text(minutes) + " min") {
  if (length == 0) throw std::invalid_argument("a sequence has at least one packet");
}

std::vector<std::string> SequenceView::columns() const {
  std::vector<std::string> names;
  for (const char* what : {"_size", "_gap"})
    for (std::size_t i = 0; i < length_; ++i) names.push_back(std::to_string(i) + what);
  return names;
}

std::unique_ptr<FeatureExtractor> SequenceView::open(const Interval& interval) const {
  return std::make_unique<SequenceEye>(interval, bin_, length_);
}

}  // namespace ipet::attack
