#include "stages/comparison/effort.hpp"

#include <algorithm>
#include <cstdio>

namespace ipet::comparison {

using traffic::Nanoseconds;

namespace {

double seconds_of(const WatchedLine& line) {
  return static_cast<double>(line.interval.end - line.interval.begin) / static_cast<double>(traffic::second);
}

double seconds_of(const Round& round, Role role) {
  double seconds = 0;
  for (const std::size_t i : round.setting.lines.with(role)) seconds += seconds_of(round.lines[i]);
  return seconds;
}

std::uint64_t sent(const std::vector<defence::MixSummary>& lines) {
  std::uint64_t packets = 0;
  for (const defence::MixSummary& line : lines) packets += line.sent[0].packets + line.sent[1].packets;
  return packets;
}

/// Packets of one realisation of all training lines.
std::uint64_t packets_of_a_copy(const Round& round, const std::vector<defence::MixSummary>& test) {
  return static_cast<std::uint64_t>(static_cast<double>(sent(test)) * seconds_of(round, Role::training) /
                                    seconds_of(round, Role::test));
}

}  // namespace

double watched_share(const Round& round) {
  constexpr int places = 4;
  const ComparisonOptions& options = round.setting.options;
  std::vector<WatchedLine> probes;
  double watched = 0;
  for (const std::size_t i : round.setting.lines.with(Role::test))
    for (int place = 0; place < places; ++place) {
      const WatchedLine& line = round.lines[i];
      const Nanoseconds length = line.interval.end - line.interval.begin;
      const Nanoseconds probe = std::min<Nanoseconds>(150 * traffic::second, length / places);
      probes.push_back(part_of(line, length / places * place, std::max<Nanoseconds>(probe, 1)));
      watched += seconds_of(probes.back());
    }
  std::vector<Realisation> realisations;
  // How much of the test lines is watched is a choice of rows as well.
  for (const WatchedLine& line : probes)
    realisations.push_back(
        {&line, static_cast<std::uint32_t>(realisations.size()), options.split_seed.value_or(round.seed)});
  const Observation seen = observe(realisations, {}, round.observation, round.setting.observer);
  const double rate = static_cast<double>(sent(seen.summaries)) / watched;
  return std::min(1.0, static_cast<double>(options.most_packets) /
                           std::max(1.0, rate * seconds_of(round, Role::training)));
}

void watch_begins(Round& round, double share) {
  if (share >= 1) return;
  for (WatchedLine& line : round.lines)
    line = first_part(line, static_cast<Nanoseconds>(share * seconds_of(line) * 1e9));
  char text[80];
  std::snprintf(text, sizeof text, "only the first %.1f %% of each line are watched, for it sends so much",
                100 * share);
  round.note(text);
}

void choose_repeats(const Round& round, const std::vector<defence::MixSummary>& test, Effort& effort) {
  // Realisations of the same rows teach nothing.
  if (!round.variant.is_random()) return;
  const ComparisonOptions& options = round.setting.options;
  const std::uint64_t packets = packets_of_a_copy(round, test);
  const auto copies = [&](std::uint32_t wanted, std::uint64_t most) {
    return packets == 0 ? wanted
                        : static_cast<std::uint32_t>(std::clamp<std::uint64_t>(most / packets, 1, wanted));
  };
  effort.repeats = copies(options.repeats, options.most_packets);
  if (effort.repeats < options.repeats)
    round.note(std::to_string(effort.repeats) + " of " + std::to_string(options.repeats) +
               " copies of the training lines, which are " + std::to_string(packets) + " packets each");
  if (round.setting.inputs.filters.empty()) return;
  if (packets <= options.most_filtered_packets)
    effort.filtered = copies(std::min(effort.repeats, options.filter_repeats), options.most_filtered_packets);
  else if (options.wants(Level::T3) || options.wants(Level::T4))
    round.note("no packet filters, since a copy of the training lines has " + std::to_string(packets) +
               " packets");
}

}  // namespace ipet::comparison
