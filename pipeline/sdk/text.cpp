#include <algorithm>

#include "pipeline/sdk/stage.hpp"
#include "pipeline/sdk/value.hpp"

namespace ipet {

std::string_view form_text(Form form) {
  switch (form) {
    case Form::source:
      return "source";
    case Form::map:
      return "map";
    case Form::keyed:
      return "keyed";
    case Form::fold:
      return "fold";
    case Form::task:
      return "task";
    case Form::sink:
      return "sink";
  }
  return "?";
}

std::string Place::text() const {
  if (!file) return "(default)";
  if (line == 0) return *file;
  return *file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest = 100;  // nobody misspells longer ones, and the work is their product
  if (word.size() > longest) return {};
  std::string best;
  // A third of the letters may be wrong, at least one, at most three.
  std::size_t best_distance = std::clamp<std::size_t>(word.size() / 3, 1, 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > longest) continue;
    // Restricted Damerau-Levenshtein distance: a swap of neighbours is one edit.
    const std::size_t n = word.size(), m = candidate.size();
    std::vector<std::vector<std::size_t>> d(n + 1, std::vector<std::size_t>(m + 1));
    for (std::size_t i = 0; i <= n; ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= m; ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= n; ++i) {
      for (std::size_t j = 1; j <= m; ++j) {
        const std::size_t cost = word[i - 1] == candidate[j - 1] ? 0 : 1;
        d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
        if (i > 1 && j > 1 && word[i - 1] == candidate[j - 2] && word[i - 2] == candidate[j - 1])
          d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
    if (d[n][m] < best_distance) {
      best_distance = d[n][m];
      best = candidate;
    }
  }
  return best;
}

}  // namespace ipet
