#include "stages/detection/sample.hpp"

#include <iterator>

#include <tbb/parallel_for.h>

namespace ipet::detection {

using attack::Rows;
using comparison::Realisation;
using traffic::StreamKey;

namespace {

template <class T>
void append_to(std::vector<T>& all, std::vector<T>&& next) {
  all.insert(all.end(), std::make_move_iterator(next.begin()), std::make_move_iterator(next.end()));
}

void append_rows(Rows& all, Rows&& next, std::uint32_t lines) {
  for (std::uint32_t& line : next.line) line += lines;
  for (std::uint32_t& home : next.home) home += lines;
  if (next.size() > 0) all.width = next.width;
  append_to(all.values, std::move(next.values));
  append_to(all.line, std::move(next.line));
  append_to(all.start, std::move(next.start));
  append_to(all.label, std::move(next.label));
  append_to(all.home, std::move(next.home));
}

std::vector<std::vector<Answer>> truth_of(const Game& game, const Scene& scene, const Rows& rows) {
  std::vector<std::vector<Answer>> truth(game.targets().size());
  for (std::size_t target = 0; target < truth.size(); ++target)
    for (std::size_t i = 0; i < rows.size(); ++i)
      truth[target].push_back(scene.truth(target, rows.line[i], rows.start[i]));
  return truth;
}

}  // namespace

void Sample::append(Sample&& next) {
  const auto before = static_cast<std::uint32_t>(lines.size());
  rows.resize(next.rows.size());
  truth.resize(next.rows.size());
  for (std::size_t view = 0; view < next.rows.size(); ++view) {
    append_rows(rows[view], std::move(next.rows[view]), before);
    truth[view].resize(next.truth[view].size());
    for (std::size_t target = 0; target < next.truth[view].size(); ++target)
      append_to(truth[view][target], std::move(next.truth[view][target]));
  }
  append_to(lines, std::move(next.lines));
  append_to(summaries, std::move(next.summaries));
  append_to(excerpts, std::move(next.excerpts));
}

Sample look_at(const Setting& at, const Look& look, std::uint32_t copy) {
  const StreamKey key = StreamKey(at.options.seed)
                            .with("game")
                            .with(at.origin)
                            .with(text::word_of(comparison::roles, look.role))
                            .with(copy);
  const bool run_on = at.options.run_on && !look.by_day && at.lines.split == fingerprint::SplitMode::day;
  comparison::Lines watched = at.lines;
  if (!run_on) std::erase_if(watched.lines, [&](const auto& line) { return line.role != look.role; });
  const Scene scene = at.game.scene(watched, key.with("scene"));
  std::vector<Realisation> realisations;
  for (std::size_t i = 0; i < scene.lines.lines.size(); ++i)
    if (const comparison::WatchedLine& line = scene.lines.lines[i]; line.role == look.role)
      realisations.push_back({&line, static_cast<std::uint32_t>(i), key.with("defence").word()});
  std::vector<comparison::Lens> lenses;
  for (const attack::View* view : look.views) lenses.push_back({view, 0});
  comparison::ObservationOptions options;
  options.defence = look.variant.defence.get();
  options.defence_name = look.variant.defence_name;
  options.resources = at.resources;
  options.tunnel = at.options.lines.tunnel;
  options.filter = look.filter;
  if (run_on) options.running_on = scene.lines.lines;
  options.excerpt_packets = look.excerpts && copy == 0 ? at.options.excerpt_packets : 0;
  comparison::Observation seen = comparison::observe(realisations, lenses, options, at.observer);
  Sample sample;
  sample.rows = std::move(seen.rows);
  for (const Rows& rows : sample.rows) sample.truth.push_back(truth_of(at.game, scene, rows));
  sample.lines = scene.lines.lines;
  for (comparison::WatchedLine& line : sample.lines) line.packets = {};
  sample.summaries = std::move(seen.summaries);
  sample.excerpts = std::move(seen.excerpts);
  return sample;
}

Sample look_at_all(const Setting& at, const Look& look, std::uint32_t copies) {
  std::vector<Sample> made(copies);
  tbb::parallel_for(std::uint32_t{0}, copies, [&](std::uint32_t copy) {
    at.observer.check();
    made[copy] = look_at(at, look, copy);
  });
  Sample all;
  for (Sample& sample : made) all.append(std::move(sample));
  return all;
}

}  // namespace ipet::detection
