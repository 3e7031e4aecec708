#include "stages/forest/forest.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <tbb/parallel_for.h>

#include "pipeline/text/lists.hpp"
#include "stages/forest/grower.hpp"
#include "stages/forest/trees.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::forest {
namespace {

using fingerprint::FeatureTable;
using fingerprint::NamedArray;

std::vector<float> indicator(const FeatureTable& table, std::size_t of_class) {
  return text::mapped(table.label, [&](std::uint16_t label) { return label == of_class ? 1.0F : 0.0F; });
}

/// A loop in a context of its own: where one around it is cancelled because of an error elsewhere, oneTBB
/// would skip classes or rows without a word.
template <class Body>
void for_each_of(std::size_t count, const Body& body) {
  tbb::task_group_context context(tbb::task_group_context::isolated);
  tbb::parallel_for(std::size_t{0}, count, body, context);
}

/// Divides by the sum; where no tree knows any class, all are equally likely.
void normalise(std::span<float> shares) {
  const float sum = std::accumulate(shares.begin(), shares.end(), 0.0F);
  for (float& share : shares) share = sum > 0 ? share / sum : 1.0F / static_cast<float>(shares.size());
}

}  // namespace

std::optional<std::uint32_t> features_per_split(const std::string& text, std::size_t columns) {
  const auto all = static_cast<double>(columns);
  double wanted = std::sqrt(all);
  if (text != "sqrt") {
    double share = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
    if (error != std::errc() || end != text.data() + text.size() || !(share > 0 && share <= 1))
      return std::nullopt;
    wanted = share * all;
  }
  return static_cast<std::uint32_t>(std::max(1.0, std::floor(wanted + 1e-9)));
}

std::vector<NamedArray> Forest::fit(const FeatureTable& training, const FeatureTable&, std::size_t classes,
                                    std::uint64_t seed, std::vector<fingerprint::EpochRecord>&,
                                    fingerprint::Observer& observer) const {
  const auto features = features_per_split(options_.features_per_split, training.columns.size());
  if (!features)
    throw std::invalid_argument("features_per_split = \"" + options_.features_per_split +
                                "\" is neither \"sqrt\" nor a share");
  const Growth growth{options_.trees, options_.max_depth, *features, options_.rows_per_tree};
  const traffic::StreamKey key = traffic::StreamKey(seed).with("forest");
  std::vector<Trees> grown(classes);
  std::atomic<std::size_t> done = 0;
  // One class per task, each on one thread and with a seed of its own.
  for_each_of(classes, [&](std::size_t c) {
    observer.check();
    grown[c] = Grower(training.values, training.columns.size())
                   .grow(indicator(training, c), growth, key.with(c).word());
    for (Tree& tree : grown[c]) tree.of_class = static_cast<std::uint16_t>(c);
    const std::size_t ready = ++done;
    observer.progress(static_cast<double>(ready) / static_cast<double>(classes),
                      "trees of " + std::to_string(ready) + "/" + std::to_string(classes) + " devices");
  });
  Trees all;
  for (Trees& of_class : grown) std::move(of_class.begin(), of_class.end(), std::back_inserter(all));
  return to_arrays(all);
}

std::vector<float> Forest::probabilities(const std::vector<NamedArray>& parameters, const FeatureTable& rows,
                                         std::size_t classes) const {
  const std::size_t columns = rows.columns.size();
  const Trees trees = from_arrays(parameters, columns, classes);
  std::vector<float> result(rows.size() * classes);
  constexpr std::size_t block = 256;
  for_each_of((rows.size() + block - 1) / block, [&](std::size_t b) {
    const std::size_t first = b * block, count = std::min(block, rows.size() - first);
    const std::span<float> shares = std::span(result).subspan(first * classes, count * classes);
    add_leaf_values(trees, std::span(rows.values).subspan(first * columns, count * columns), columns, shares);
    for (std::size_t i = 0; i < count; ++i) normalise(shares.subspan(i * classes, classes));
  });
  return result;
}

}  // namespace ipet::forest
