// Counters as Prometheus reads them: the text exposition format, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace ipet::gateway {

class PrometheusText {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Begins a family, whose samples follow. `type` is "counter", "gauge" or "histogram".
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// A sample of the family that was begun last. Values of labels are UTF-8 and may hold any character.
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  /// `counts[i]` are what lies at or below `bounds[i]` and above the bound before; the last count, one more
  /// than there are bounds, is what lies above all of them.
  void histogram(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts,
                 double sum);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, Labels labels, std::string_view bound, const std::string& value);

  std::string name_, text_;
};

}  // namespace ipet::gateway
