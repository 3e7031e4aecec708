// A home of a few beats, an attacker who compares means, and a defence that adds a beat of dummies.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "stages/comparison/comparison.hpp"

namespace ipet::comparison {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;
using traffic::second;

inline constexpr Nanoseconds minute = 60 * second, hour = 60 * minute;

/// A packet of `size` bytes every `period` seconds within [begin, end), out and in by turns.
inline std::vector<DevicePacket> beat(Nanoseconds begin, Nanoseconds end, double period, std::uint32_t size) {
  std::vector<DevicePacket> packets;
  const auto step = static_cast<Nanoseconds>(period * 1e9);
  for (Nanoseconds time = begin; time < end; time += step)
    packets.push_back(
        {time, size, packets.size() % 2 == 0 ? Direction::out : Direction::in, Protocol::tcp, false});
  return packets;
}

inline traffic::DevicePackets message(std::uint32_t capture, const std::string& device,
                                      std::vector<DevicePacket> packets) {
  traffic::DevicePackets made;
  made.capture = capture;
  made.capture_name = std::make_shared<std::string>("capture " + std::to_string(capture));
  made.device = std::make_shared<std::string>(device);
  made.packets = std::move(packets);
  return made;
}

struct Beat {
  std::string device;
  double period = 1;  ///< seconds
  std::uint32_t size = 100;
};

/// The first two hours of each of so many days, one capture for all.
inline std::shared_ptr<const traffic::Traces> home(const std::vector<Beat>& devices, int days) {
  auto traces = std::make_shared<traffic::Traces>();
  for (const Beat& device : devices) {
    std::vector<DevicePacket> packets;
    for (int day = 0; day < days; ++day) {
      const auto part = beat(day * traffic::day, day * traffic::day + 2 * hour, device.period, device.size);
      packets.insert(packets.end(), part.begin(), part.end());
    }
    traces->add(message(0, device.device, std::move(packets)));
  }
  traces->finish();
  return traces;
}

/// Packets and bytes of each five minutes of the interval.
class CountView final : public attack::View {
 public:
  static constexpr Nanoseconds bin = 5 * minute;
  [[nodiscard]] std::string name() const override { return "counts of 5 min"; }
  [[nodiscard]] std::vector<std::string> columns() const override { return {"packets", "bytes"}; }
  [[nodiscard]] std::unique_ptr<attack::FeatureExtractor> open(
      const attack::Interval& interval) const override {
    class Counter final : public attack::FeatureExtractor {
     public:
      explicit Counter(const attack::Interval& interval) : interval_(interval), begin_(interval.begin) {}
      void add(std::span<const DevicePacket> packets, const Sink& sink) override {
        for (const DevicePacket& packet : packets) {
          if (packet.dummy) throw std::logic_error("an extractor sees a flag");
          while (packet.time >= begin_ + bin) next(sink);
          sums_[0] += 1;
          sums_[1] += static_cast<float>(packet.size);
        }
      }
      void end(const Sink& sink) override {
        while (begin_ < interval_.end) next(sink);
      }

     private:
      void next(const Sink& sink) {
        sink(begin_, sums_);
        begin_ += bin;
        sums_[0] = sums_[1] = 0;
      }
      attack::Interval interval_;
      Nanoseconds begin_;
      float sums_[2] = {0, 0};
    };
    return std::make_unique<Counter>(interval);
  }
};

/// Names the class whose mean row is nearest; its probabilities fall with the distance.
class NearestMean final : public attack::Attacker {
 public:
  [[nodiscard]] std::string title() const override { return "nearest mean"; }
  [[nodiscard]] const attack::View& view() const override { return view_; }
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(const attack::Rows& training,
                                                                const attack::Rows&, std::size_t classes,
                                                                std::uint64_t,
                                                                fingerprint::Observer&) const override {
    class Means final : public attack::Classifier {
     public:
      Means(const attack::Rows& rows, std::size_t classes) : mean(classes * rows.width), seen(classes) {
        for (std::size_t i = 0; i < rows.size(); ++i) ++seen[rows.label[i]];
        for (std::size_t i = 0; i < rows.size(); ++i)
          for (std::size_t c = 0; c < rows.width; ++c)
            mean[rows.label[i] * rows.width + c] += rows.row(i)[c] / static_cast<float>(seen[rows.label[i]]);
      }
      [[nodiscard]] std::vector<float> probabilities(const attack::Rows& rows) const override {
        std::vector<float> answers;
        for (std::size_t i = 0; i < rows.size(); ++i) {
          std::vector<float> weight;
          for (std::size_t k = 0; k < seen.size(); ++k) {
            float distance = 0;
            for (std::size_t c = 0; c < rows.width; ++c)
              distance += std::abs(rows.row(i)[c] - mean[k * rows.width + c]);
            weight.push_back(seen[k] == 0 ? 0 : 1 / (1 + distance));
          }
          float sum = 0;
          for (const float w : weight) sum += w;
          for (const float w : weight) answers.push_back(w / sum);
        }
        return answers;
      }
      std::vector<float> mean;
      std::vector<std::size_t> seen;
    };
    return std::make_unique<Means>(training, classes);
  }

 private:
  CountView view_;
};

/// Adds the logarithms up.
class SumOfLogarithms final : public attack::Ballot {
 public:
  [[nodiscard]] std::vector<double> count(std::span<const float> probabilities,
                                          std::size_t classes) const override {
    std::vector<double> sums(classes);
    for (std::size_t i = 0; i < probabilities.size(); ++i)
      sums[i % classes] += std::log(std::max(1e-6, static_cast<double>(probabilities[i])));
    return sums;
  }
};

/// A dummy of 46 bytes (100 on the wire, as TCP) at random times, `rate` of them a second, from when the line
/// is up.
class RandomDummies final : public defence::Defence {
 public:
  explicit RandomDummies(double rate) : rate_(rate) {}
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override {
    return std::make_shared<RandomDummies>(rate_ * intensity);
  }
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                 const defence::Line& line) const override {
    class Poisson final : public defence::CoverSchedule {
     public:
      Poisson(double rate, traffic::StreamKey key) : rate_(rate), random_(key) {}
      void begin(Nanoseconds time) override { next_ = time + gap(); }
      void user_packet(const DevicePacket&) override {}
      bool next(Nanoseconds until, DevicePacket& dummy) override {
        if (rate_ == 0 || next_ >= until) return false;
        dummy = {next_, 46, Direction::out, Protocol::tcp, true};
        next_ += gap();
        return true;
      }
      void rest() override {}

     private:
      Nanoseconds gap() {
        return rate_ == 0 ? 0 : static_cast<Nanoseconds>(random_.exponential(1 / rate_) * 1e9) + 1;
      }
      double rate_;
      traffic::Random random_;
      Nanoseconds next_ = 0;
    };
    return std::make_unique<Poisson>(rate_, line.key(resources, "random_dummies"));
  }

 private:
  double rate_;
};

inline ComparisonInputs inputs(std::shared_ptr<const traffic::Traces> traces) {
  ComparisonInputs made;
  made.traces = std::move(traces);
  made.attackers = {std::make_shared<NearestMean>()};
  made.ballot = std::make_shared<SumOfLogarithms>();
  return made;
}

/// The score of an attack, or null.
inline const evaluation::Score* find(const evaluation::EvaluationReport& report, const std::string& defence,
                                     const std::string& variant, const std::string& level,
                                     const std::string& attacker) {
  const auto at = std::ranges::find_if(report.scores, [&](const evaluation::Score& score) {
    return score.defence == defence && score.variant == variant && score.level == level &&
           score.attacker == attacker;
  });
  return at == report.scores.end() ? nullptr : &*at;
}

}  // namespace ipet::comparison
