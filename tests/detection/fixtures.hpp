// A home whose events are written down, detectors that count, and a defence of random dummies.
#pragma once

#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "stages/detection/activity.hpp"
#include "stages/detection/presence.hpp"
#include "tests/comparison/fixtures.hpp"

namespace ipet::detection {

using comparison::beat;
using comparison::hour;
using comparison::message;
using comparison::minute;
using comparison::RandomDummies;
using traffic::DevicePacket;
using traffic::Nanoseconds;
using traffic::second;

/// Packets of each bin of a length that are of each of some sizes; bins begin with the day, also empty ones.
class SizeCounts final : public attack::View {
 public:
  SizeCounts(Nanoseconds bin, std::vector<std::uint32_t> sizes) : bin_(bin), sizes_(std::move(sizes)) {}
  [[nodiscard]] std::string name() const override {
    return "counts of " + std::to_string(bin_ / minute) + " min";
  }
  [[nodiscard]] std::vector<std::string> columns() const override {
    return std::vector<std::string>(sizes_.size(), "packets");
  }
  [[nodiscard]] std::unique_ptr<attack::FeatureExtractor> open(
      const attack::Interval& interval) const override {
    class Counter final : public attack::FeatureExtractor {
     public:
      Counter(const SizeCounts& view, const attack::Interval& interval)
          : view_(view),
            end_(interval.end),
            begin_(interval.begin - (interval.begin - interval.begin_of_day) % view.bin_),
            counts_(view.sizes_.size()) {}
      void add(std::span<const DevicePacket> packets, const Sink& sink) override {
        for (const DevicePacket& packet : packets) {
          while (packet.time >= begin_ + view_.bin_) next(sink);
          for (std::size_t c = 0; c < counts_.size(); ++c) counts_[c] += packet.size == view_.sizes_[c];
        }
      }
      void end(const Sink& sink) override {
        while (begin_ < end_) next(sink);
      }

     private:
      void next(const Sink& sink) {
        sink(begin_, counts_);
        begin_ += view_.bin_;
        std::ranges::fill(counts_, 0.0F);
      }
      const SizeCounts& view_;
      Nanoseconds end_, begin_;
      std::vector<float> counts_;
    };
    ++opened;
    return std::make_unique<Counter>(*this, interval);
  }

  mutable std::atomic<std::size_t> opened = 0;  ///< times

 private:
  Nanoseconds bin_;
  std::vector<std::uint32_t> sizes_;
};

/// Compares with the mean rows of yes and of no; or says of every row what it is told to.
class Counting : public attack::Attacker {
 public:
  using Say = std::function<float(const float* row)>;
  Counting(Nanoseconds bin, std::vector<std::uint32_t> sizes, Say say = {})
      : view_(bin, std::move(sizes)), say_(std::move(say)) {}

  [[nodiscard]] std::string title() const override { return "counting"; }
  [[nodiscard]] const SizeCounts& view() const override { return view_; }
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(
      const attack::Rows& training, const attack::Rows& validation, std::size_t classes, std::uint64_t seed,
      fingerprint::Observer& observer) const override {
    {
      const std::lock_guard lock(mutex_);
      learned.insert({training.start.begin(), training.start.end()});
    }
    if (!say_) return nearest_.train(training, validation, classes, seed, observer);
    class Saying final : public attack::Classifier {
     public:
      explicit Saying(Say say) : say_(std::move(say)) {}
      [[nodiscard]] std::vector<float> probabilities(const attack::Rows& rows) const override {
        std::vector<float> said;
        for (std::size_t i = 0; i < rows.size(); ++i) {
          said.push_back(1 - say_(rows.row(i)));
          said.push_back(say_(rows.row(i)));
        }
        return said;
      }
      Say say_;
    };
    return std::make_unique<Saying>(say_);
  }

  mutable std::multiset<std::set<Nanoseconds>> learned;  ///< begins of rows, of each training

 private:
  SizeCounts view_;
  Say say_;
  comparison::NearestMean nearest_;
  mutable std::mutex mutex_;
};

/// Packets of 50 bytes every minute, and bursts of ten packets of 500 bytes, `events` minutes after the begin
/// of each day.
inline std::vector<DevicePacket> with_events(Nanoseconds begin, Nanoseconds length,
                                             const std::vector<int>& events) {
  std::vector<DevicePacket> packets = beat(begin, begin + length, 60, 50);
  for (const int event : events) {
    const auto burst =
        beat(begin + event * minute + 20 * second, begin + event * minute + 21 * second, 0.1, 500);
    packets.insert(packets.end(), burst.begin(), burst.end());
  }
  std::ranges::stable_sort(packets, {}, &DevicePacket::time);
  return packets;
}

inline comparison::ComparisonInputs inputs(std::shared_ptr<const traffic::Traces> traces,
                                           std::shared_ptr<const attack::Attacker> attacker) {
  comparison::ComparisonInputs made;
  made.traces = std::move(traces);
  made.attackers = {std::move(attacker)};
  return made;
}

/// The row of a report, or a failure.
inline const evaluation::Detection& row_of(const evaluation::DetectionReport& report,
                                           const std::string& defence, const std::string& level,
                                           const std::string& target, double seconds) {
  for (const evaluation::Detection& row : report.detections)
    if (row.defence == defence && row.level == level && row.target == target && row.seconds == seconds)
      return row;
  throw std::logic_error("no row " + defence + ", " + level + ", " + target);
}

inline std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace ipet::detection
