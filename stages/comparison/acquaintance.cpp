#include "stages/comparison/acquaintance.hpp"

#include <algorithm>

namespace ipet::comparison {

namespace {

/// Lines that a defence leaves uncovered because it has not learned yet.
std::string unready(const Contender& contender, const Lines& lines, const defence::Resources& resources) {
  const traffic::Nanoseconds ready = contender.defence->ready_from(resources);
  std::size_t count = 0, all = 0;
  for (const WatchedLine& line : lines.lines) {
    if (line.role == Role::warm_up) continue;
    ++all;
    count += line.interval.begin < ready ? 1 : 0;
  }
  if (count == 0) return "";
  return contender.name + ": " + std::to_string(count) + " of " + std::to_string(all) +
         " lines for training or testing begin before it has learned enough to cover them" +
         (count == all ? ", so that its scores are those of no defence; it needs recordings of earlier days"
                       : "");
}

/// What was learned before: nobody here knows from which days.
std::vector<std::string> untold(const std::vector<Contender>& defences, const LineOptions& options) {
  std::vector<std::string> notes;
  if (options.like) return notes;
  for (const Contender& contender : defences) {
    const auto learned = contender.defence->learned_before();
    if (!learned) continue;
    const std::string note = learned->need + " without the input 'discriminator': " + learned->learner +
                             " may have seen the test days";
    if (std::ranges::find(notes, note) == notes.end()) notes.push_back(note);
  }
  return notes;
}

}  // namespace

std::vector<std::shared_ptr<const attack::Attacker>> acquainted(
    std::vector<std::shared_ptr<const attack::Attacker>> attackers, const Lines& lines) {
  std::vector<attack::CleanRecording> recordings;
  for (const WatchedLine& line : lines.lines)
    if (line.role != Role::test) recordings.push_back({line.label, line.interval, line.packets});
  for (auto& attacker : attackers)
    if (auto learned = attacker->acquainted(recordings, lines.classes.size()); learned != nullptr)
      attacker = std::move(learned);
  return attackers;
}

std::vector<std::string> notes_of_defences(const std::vector<Contender>& defences, const LineOptions& options,
                                           const Lines& lines, const defence::Resources& resources,
                                           fingerprint::Observer& observer) {
  std::vector<std::string> notes = untold(defences, options);
  for (const Contender& contender : defences)
    if (const std::string note = unready(contender, lines, resources); !note.empty()) {
      observer.warn(note);
      notes.push_back(note);
    }
  for (const Contender& contender : defences)
    for (const std::string& line : contender.defence->report(resources))
      notes.push_back(line.starts_with(contender.name + " ") ? line : contender.name + ": " + line);
  return notes;
}

}  // namespace ipet::comparison
