#include "stages/attack/response_view.hpp"

#include <array>
#include <cmath>

#include "stages/attack/bins.hpp"
#include "stages/attack/phrases.hpp"
#include "stages/windows/aggregation.hpp"

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;

constexpr Nanoseconds longest_answer = 8 * traffic::second;
constexpr const char* answer_kinds[] = {"in", "out", "burst"};
constexpr const char* answer_sizes[] = {"small", "medium", "large"};
constexpr double answer_quantiles[] = {0.1, 0.5, 0.9};
/// From 1 ms to 8 s there are 13 octaves.
constexpr std::size_t time_classes = 26;

std::size_t size_class(std::uint32_t size) {
  return size < 64 ? 0 : size < 512 ? 1 : 2;
}

std::size_t time_class(Nanoseconds time) {
  const double octaves = std::log2(static_cast<double>(std::max<Nanoseconds>(time, 1)) / 1e6);
  return static_cast<std::size_t>(std::clamp(2 * octaves, 0.0, static_cast<double>(time_classes - 1)));
}

class ResponseEye final : public BinExtractor {
 public:
  using BinExtractor::BinExtractor;

 private:
  void take(const DevicePacket& packet) override {
    if (packet.size == 0) return;
    const Nanoseconds since = packet.time - last_.time;
    if (begun_ && since < longest_answer) {
      const std::size_t size = size_class(last_.size);
      if (since >= phrase_gap)
        times_[2][size].push_back(since);
      else if (packet.direction != last_.direction)
        times_[packet.direction == traffic::Direction::in ? 0 : 1][size].push_back(since);
    }
    begun_ = true;
    last_ = packet;
  }
  void put_bin() override {
    for (auto& of_kind : times_)
      for (std::vector<Nanoseconds>& times : of_kind) {
        put(times.size());
        std::ranges::sort(times);
        for (const double quantile : answer_quantiles)
          put(times.empty() ? 0
                            : static_cast<double>(times[static_cast<std::size_t>(
                                  quantile * static_cast<double>(times.size() - 1) + 0.5)]) /
                                  static_cast<double>(traffic::second));
        std::array<std::uint32_t, time_classes> counts{};
        for (const Nanoseconds time : times) ++counts[time_class(time)];
        for (const std::uint32_t count : counts) put(count);
      }
  }
  void begin_bin() override {
    for (auto& of_kind : times_)
      for (std::vector<Nanoseconds>& times : of_kind) times.clear();
  }

  bool begun_ = false;
  DevicePacket last_;
  std::array<std::array<std::vector<Nanoseconds>, std::size(answer_sizes)>, std::size(answer_kinds)> times_;
};

}  // namespace

ResponseView::ResponseView(double minutes)
    : length_(windows::AggregateSettings::make(minutes, 0).bin.count()),
      name_("responses of " + minutes_text(minutes) + " min") {}

std::vector<std::string> ResponseView::columns() const {
  std::vector<std::string> names;
  for (const char* kind : answer_kinds)
    for (const char* size : answer_sizes) {
      const std::string prefix = std::string(kind) + "_" + size + "_";
      for (const char* column : {"answers", "tenth", "median", "ninth"}) names.push_back(prefix + column);
      for (std::size_t i = 0; i < time_classes; ++i) names.push_back(prefix + "time_" + std::to_string(i));
    }
  return names;
}

std::unique_ptr<FeatureExtractor> ResponseView::open(const Interval& interval) const {
  return std::make_unique<ResponseEye>(interval, length_);
}

}  // namespace ipet::attack
