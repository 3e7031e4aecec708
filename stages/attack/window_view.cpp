#include "stages/attack/window_view.hpp"

#include "stages/attack/watched.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::attack {
namespace {

class WindowEye final : public FeatureExtractor {
 public:
  WindowEye(const Interval& interval, const windows::WindowSettings& settings)
      : interval_(interval), row_size_(settings.slots() * windows::columns), windower_(settings) {}

  void add(std::span<const traffic::DevicePacket> packets, const Sink& sink) override {
    windower_.add(watched(packets, interval_), [&](windows::Windows& done) { give(done, sink); });
  }
  void end(const Sink& sink) override {
    windower_.end([&](windows::Windows& done) { give(done, sink); });
  }

 private:
  void give(const windows::Windows& done, const Sink& sink) {
    for (std::size_t i = 0; i < done.size(); ++i) {
      const float* const features = done.features.data() + i * row_size_;
      row_.assign(features, features + row_size_);
      row_.push_back(static_cast<float>(done.silence[i]));
      sink(done.start[i], row_);
    }
  }

  Interval interval_;
  std::size_t row_size_;
  windows::Windowing windower_;
  std::vector<float> row_;
};

std::string name_of(const windows::WindowSettings& settings) {
  std::string name(text::word_of(windows::placements, settings.placement));
  name += " windows of " + traffic::number_text(settings.total_seconds()) + " s";
  if (settings.omega != std::chrono::milliseconds(100))
    name += " in slots of " + traffic::number_text(settings.omega_seconds()) + " s";
  return name;
}

}  // namespace

WindowView::WindowView(const windows::WindowSettings& settings)
    : settings_(settings), name_(name_of(settings)) {}

std::vector<std::string> WindowView::columns() const {
  std::vector<std::string> names;
  for (std::uint32_t slot = 0; slot < settings_.slots(); ++slot)
    for (const char* column : windows::column_names) names.push_back(std::to_string(slot) + "_" + column);
  names.emplace_back("silence");
  return names;
}

std::unique_ptr<FeatureExtractor> WindowView::open(const Interval& interval) const {
  return std::make_unique<WindowEye>(interval, settings_);
}

}  // namespace ipet::attack
