#include "stages/gateway/prometheus.hpp"

#include <cmath>

#include "stages/traffic/value_text.hpp"

namespace ipet::gateway {

namespace {

void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (const char c : text) {
    if (c == '\\' || (in_quotes && c == '"'))
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
}

std::string value_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return traffic::number_text(value);
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void PrometheusText::line(std::string_view suffix, Labels labels, std::string_view bound,
                          const std::string& value) {
  text_.append(name_).append(suffix);
  char before = '{';
  const auto add = [&](std::string_view name, std::string_view content) {
    text_ += before;
    text_.append(name).append("=\"");
    append_escaped(text_, content, true);
    text_ += '"';
    before = ',';
  };
  for (const auto& [name, content] : labels) add(name, content);
  if (!bound.empty()) add("le", bound);
  if (before == ',') text_ += '}';
  text_.append(" ").append(value).append("\n");
}

void PrometheusText::sample(Labels labels, std::uint64_t value) {
  line("", labels, "", std::to_string(value));
}

void PrometheusText::sample(Labels labels, double value) {
  line("", labels, "", value_text(value));
}

void PrometheusText::histogram(Labels labels, std::span<const double> bounds,
                               std::span<const std::uint64_t> counts, double sum) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    line("_bucket", labels, i < bounds.size() ? value_text(bounds[i]) : "+Inf", std::to_string(below));
  }
  line("_sum", labels, "", value_text(sum));
  line("_count", labels, "", std::to_string(below));
}

}  // namespace ipet::gateway
