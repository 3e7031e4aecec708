#include <algorithm>
#include <array>
#include <span>

#include "stages/plots/figures.hpp"
#include "stages/plots/script.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::plots {
namespace {

using evaluation::LineExample;
using traffic::DevicePacket;
using traffic::Direction;

constexpr std::size_t bins = 1200;

double minutes(const LineExample& line, traffic::Nanoseconds time) {
  return static_cast<double>(time - line.begin) / 60e9;
}

std::string row(double minute, Direction direction, std::uint32_t size) {
  return rounded(minute, 4) + " " + (direction == Direction::out ? "" : "-") + std::to_string(size) + "\n";
}

/// Columns: minutes since the begin, bytes (negative: in).
std::string line_data(const std::string& name, const LineExample& line, std::span<const DevicePacket> packets,
                      bool dummies) {
  std::string text = "$" + name + " << EOD\n";
  if (packets.size() <= most_drawn_packets) {
    for (const DevicePacket& packet : packets)
      if (packet.dummy == dummies) text += row(minutes(line, packet.time), packet.direction, packet.size);
    return text + "EOD\n";
  }
  std::vector<std::array<std::int64_t, 2>> largest(bins, {-1, -1});  // by direction; -1: none
  const traffic::Nanoseconds length = std::max<traffic::Nanoseconds>(line.end - line.begin, 1);
  for (const DevicePacket& packet : packets) {
    if (packet.dummy != dummies) continue;
    const double share = static_cast<double>(packet.time - line.begin) / static_cast<double>(length);
    const auto bin = std::min(static_cast<std::size_t>(std::max(share, 0.0) * bins), bins - 1);
    std::int64_t& most = largest[bin][packet.direction == Direction::out ? 0 : 1];
    most = std::max<std::int64_t>(most, packet.size);
  }
  const double step = static_cast<double>(length) / 60e9 / bins;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    for (const Direction direction : {Direction::out, Direction::in}) {
      const std::int64_t size = largest[bin][direction == Direction::out ? 0 : 1];
      if (size >= 0)
        text += row(static_cast<double>(bin) * step, direction, static_cast<std::uint32_t>(size));
    }
  }
  return text + "EOD\n";
}

std::uint32_t largest_size(const LineExample& line, Direction direction) {
  std::uint32_t most = 0;
  for (const auto* packets : {&line.before, &line.after})
    for (const DevicePacket& packet : *packets)
      if (packet.direction == direction) most = std::max(most, packet.size);
  return most;
}

/// Bytes without a sign on either side of 0.
std::string size_axis(const LineExample& line) {
  const std::uint32_t out = std::max(largest_size(line, Direction::out), std::uint32_t{100});
  const std::uint32_t in = std::max(largest_size(line, Direction::in), std::uint32_t{100});
  const std::uint32_t most = std::max(out, in);
  std::uint32_t step = 50;
  for (const std::uint32_t next : {100U, 250U, 500U, 1000U, 5000U, 20'000U, 100'000U})
    if (most / step > 3) step = next;
  std::string text = "set yrange [" + number(-1.12 * in) + ":" + number(1.12 * out) + "]\nset ytics ('0' 0";
  for (std::uint32_t size = step; size <= most; size += step) {
    if (size <= out) text += ", '" + std::to_string(size) + "' " + std::to_string(size);
    if (size <= in) text += ", '" + std::to_string(size) + "' -" + std::to_string(size);
  }
  return text + ")\n";
}

}  // namespace

Figure line_before_and_after(const LineExample& line) {
  Figure figure;
  figure.name = "line-" + file_part(line.device) + "-" + file_part(line.defence);
  figure.title = "The line of " + line.device + " without a defence and under " + line.defence;
  figure.width = 1000;
  figure.height = 620;
  const auto dummies = static_cast<std::size_t>(std::ranges::count_if(line.after, &DevicePacket::dummy));
  const auto remark = [](const std::vector<DevicePacket>& drawn) {
    return std::string(drawn.size() > most_drawn_packets ? " (largest packets only)" : "");
  };
  const std::string user = "lc rgb '#1f4e79' lw 1.4", dummy = "lc rgb '#e08214' lw 1";
  std::string& script = figure.script;
  script = line_data("before", line, line.before, false) + line_data("user", line, line.after, false) +
           line_data("dummies", line, line.after, true);
  script +=
      "set multiplot\nset xrange [" + number(-0.004 * minutes(line, line.end)) + ":" +
      number(minutes(line, line.end)) + "]\n" + size_axis(line) +
      "set border 3\nset tics nomirror out\nset xzeroaxis lt 1 lc rgb '#888888' lw 0.8\n"
      "set grid ytics lc rgb '#e6e6e6' lw 1 lt 1\nset ylabel \"bytes of payload\\n(down: in, up: out)\"\n"
      "set lmargin at screen 0.09\nset rmargin at screen 0.975\n"
      "set key at graph 1, graph 1.01 right bottom horizontal samplen 1.5\n";
  script += "set tmargin at screen 0.90\nset bmargin at screen 0.56\nset label 1 " +
            gnuplot_quoted(line.device + ", as it is" + remark(line.before)) +
            " at graph 0, graph 1.07 left\nset format x ''\n"
            "plot $before using 1:2 with impulses " +
            user + " title 'user data (" + std::to_string(line.before.size()) + " packets)'\n";
  script +=
      "set tmargin at screen 0.47\nset bmargin at screen 0.13\nset format x '%g'\nset label 1 " +
      gnuplot_quoted("the same line under " + line.defence + remark(line.after)) +
      " at graph 0, graph 1.07 left\nset xlabel " +
      gnuplot_quoted("minutes since " + traffic::time_text(line.begin / traffic::second * traffic::second)) +
      "\nplot $dummies using 1:2 with impulses " + dummy + " title 'dummies (" + std::to_string(dummies) +
      " packets)', $user using 1:2 with impulses " + user + " title 'user data (" +
      std::to_string(line.after.size() - dummies) + " packets)'\nunset multiplot\n";
  return figure;
}

}  // namespace ipet::plots
