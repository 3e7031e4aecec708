// The random forest: growing it, which is XGBoost's work, and asking it, ours against XGBoost's own
// prediction with the same trees (tests/forest/trees_test.cpp: the same numbers). Counted are rows times
// trees.
#include "stages/forest/forest.hpp"

#include <vector>

#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include "stages/forest/grower.hpp"
#include "stages/forest/trees.hpp"
#include "tests/forest/tables.hpp"

namespace ipet::forest {
namespace {

constexpr std::size_t columns = 20, classes = 10;

void count(benchmark::State& state, std::size_t rows, std::size_t trees) {
  state.SetItemsProcessed(
      static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * rows * trees));
}

/// Arguments: threads, rows.
void training(benchmark::State& state) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(state.range(0)));
  const auto rows = static_cast<std::size_t>(state.range(1));
  const auto table = test::corners(classes, rows, columns, 0.3, 1);
  ForestOptions options;
  options.trees = 10;
  fingerprint::Observer quiet;
  std::vector<fingerprint::EpochRecord> history;
  for (auto _ : state) benchmark::DoNotOptimize(Forest(options).fit(table, {}, classes, 7, history, quiet));
  count(state, rows, options.trees * classes);
}
BENCHMARK(training)->UseRealTime()->Unit(benchmark::kMillisecond)->Args({1, 4000})->Args({2, 4000});
BENCHMARK(training)
    ->Name("rows")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Args({2, 1000})
    ->Args({2, 2000})
    ->Args({2, 4000})
    ->Args({2, 8000});

/// The trees of one class, and rows to ask about.
struct Asked {
  fingerprint::FeatureTable table = test::corners(classes, 20000, columns, 0.3, 2);
  fingerprint::FeatureTable grown_on = test::corners(classes, 4000, columns, 0.3, 1);
  Grower grower{grown_on.values, columns};
  Trees trees;
  Asked() {
    std::vector<float> target;
    for (const std::uint16_t label : grown_on.label) target.push_back(label == 0 ? 1.0F : 0.0F);
    trees = grower.grow(target, {100, 0, 4, 0.632}, 7);
  }
};
Asked& asked() {
  static Asked& one = *new Asked;  // never destroyed: XGBoost's own threads end first
  return one;
}

/// Argument: threads.
void prediction(benchmark::State& state) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(state.range(0)));
  Asked& of = asked();
  const std::vector<fingerprint::NamedArray> stored = to_arrays(of.trees);
  for (auto _ : state) benchmark::DoNotOptimize(Forest({}).probabilities(stored, of.table, 1));
  count(state, of.table.size(), of.trees.size());
}
BENCHMARK(prediction)->UseRealTime()->Unit(benchmark::kMillisecond)->Arg(1)->Arg(2);

void xgboost_prediction(benchmark::State& state) {
  Asked& of = asked();
  for (auto _ : state) benchmark::DoNotOptimize(of.grower.predict(of.table.values));
  count(state, of.table.size(), of.trees.size());
}
BENCHMARK(xgboost_prediction)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ipet::forest
