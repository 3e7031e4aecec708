#include "pipeline/cli/sweep_rest.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include "pipeline/text/shell.hpp"

namespace ipet::cli {
namespace {

/// "sweep: 2 done: a; b", and nothing without names.
void say_runs(const char* what, const std::vector<std::string>& names) {
  constexpr std::size_t most_named = 20;
  if (names.empty()) return;
  std::cerr << "sweep: " << names.size() << " " << what;
  for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i)
    std::cerr << (i == 0 ? ": " : "; ") << names[i];
  if (names.size() > most_named) std::cerr << "; and " << names.size() - most_named << " more";
  std::cerr << "\n";
}

/// The values that the runs which failed and those from `first` on have of the only axis, as --set takes
/// them;
/// "" with several axes.
std::string setting_of_the_rest(const std::vector<definition::SweepPoint>& points, std::size_t first,
                                const std::set<std::size_t>& failed_runs) {
  if (points[first].overrides.size() != 1) return {};
  Array values;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (i >= first || failed_runs.contains(i)) values.push_back(points[i].overrides.front().value.clone());
  std::string out =
      "sweep." + points[first].overrides.front().key + "=" + Value(Value::Data(std::move(values))).toml();
  constexpr std::size_t longest = 2000;  // nobody pastes more
  return out.size() <= longest ? out : "";
}

}  // namespace

void say_rest(const std::vector<definition::SweepPoint>& points, std::size_t at,
              const std::set<std::size_t>& failed_runs, const std::string& resume_points, bool fresh) {
  std::vector<std::string> done, failed, left;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (i != at) (i > at ? left : failed_runs.contains(i) ? failed : done).push_back(points[i].name);
  std::cerr << "sweep: interrupted in " << points[at].name << " (" << at + 1 << " of " << points.size()
            << ")\n";
  say_runs("done", done);
  say_runs("failed", failed);
  say_runs("not begun", left);
  const std::string rest = !done.empty() ? setting_of_the_rest(points, at, failed_runs) : "";
  std::cerr << "sweep: the same command" << (fresh && !resume_points.empty() ? " without --fresh" : "")
            << " begins with the first run again";
  if (!rest.empty())
    std::cerr << "; what is left is the sweep --set " << text::shell_quoted(rest)
              << " (its table is of these runs alone)";
  if (!resume_points.empty()) std::cerr << "; in " << points[at].name << ", " << resume_points;
  std::cerr << "\n";
}

}  // namespace ipet::cli
