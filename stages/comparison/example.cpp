#include "stages/comparison/example.hpp"

#include <algorithm>

#include "stages/comparison/observation.hpp"

namespace ipet::comparison {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

constexpr Nanoseconds length = 1800 * traffic::second;

/// The line with the median number of packets.
const WatchedLine& typical(const Lines& lines) {
  std::vector<std::size_t> test = lines.with(Role::test);
  std::ranges::stable_sort(test, {}, [&](std::size_t i) { return lines.lines[i].packets.size(); });
  return lines.lines[test[test.size() / 2]];
}

/// Begin of the busiest stretch of `length`, at a packet.
Nanoseconds busiest(const WatchedLine& line) {
  Nanoseconds best = line.interval.begin;
  std::size_t most = 0, end = 0;
  for (std::size_t begin = 0; begin < line.packets.size(); ++begin) {
    while (end < line.packets.size() && line.packets[end].time < line.packets[begin].time + length) ++end;
    if (end - begin <= most) continue;
    most = end - begin;
    best = line.packets[begin].time;
  }
  return best;
}

void keep(const evaluation::LineExample& example, std::span<const DevicePacket> packets,
          std::vector<DevicePacket>& to) {
  for (const DevicePacket& packet : packets)
    if (packet.time >= example.begin && packet.time < example.end) to.push_back(packet);
}

}  // namespace

evaluation::LineExample draw_example(const ComparisonInputs& inputs, const ComparisonOptions& options,
                                     const Lines& lines, const defence::Resources& resources) {
  evaluation::LineExample example;
  if (inputs.defences.empty()) return example;
  auto chosen = std::ranges::find(inputs.defences, options.example_defence, &Contender::name);
  if (chosen == inputs.defences.end()) --chosen;
  const WatchedLine& line = typical(lines);
  example.device = line.device;
  example.defence = chosen->name;
  example.begin = busiest(line);
  example.end = std::min(example.begin + length, line.interval.end);
  keep(example, line.packets, example.before);
  std::vector<Strand> together;
  for (const WatchedLine& other : lines.lines)
    if (&other == &line || made_together(line, other, chosen->defence.get())) together.push_back({&other});
  const auto drawn = static_cast<std::size_t>(std::ranges::find(together, Strand{&line}) - together.begin());
  defend(together, chosen->defence.get(), chosen->name, resources,
         [&](std::size_t which, std::vector<DevicePacket>&& packets) {
           if (resources.check) resources.check();
           if (which == drawn) keep(example, packets, example.after);
         });
  return example;
}

}  // namespace ipet::comparison
