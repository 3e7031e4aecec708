// Lets the traffic library's long computations report to the runtime and be stopped by it.
#pragma once

#include <cstdint>

#include "pipeline/sdk/context.hpp"
#include "stages/model/observer.hpp"
#include "stages/traffic/random.hpp"

namespace ipet {

class ContextObserver final : public fingerprint::Observer {
 public:
  explicit ContextObserver(StageContext& context) : context_(context) {}
  void progress(double fraction, std::string_view text) override { context_.progress(fraction, text); }
  void info(std::string_view text) override { context_.info(text); }
  void warn(std::string_view text) override { context_.warn(text); }
  /// A task stops at the first Ctrl-C: it has no value that is complete.
  void check() override { context_.check_interrupted(); }

 private:
  StageContext& context_;
};

/// Seed of a stage's random streams.
inline std::uint64_t stage_seed(const StageContext& context) {
  return traffic::StreamKey(context.seed()).with(context.stage()).word();
}

/// The value of an option `split_seed` that leaves the choice to others.
inline constexpr std::int64_t no_split_seed = -1;
/// Seed of the draws that decide which rows are trained and tested on, apart from the seed of everything
/// else: a sweep over seeds then tests on the same rows.
inline std::uint64_t split_seed(std::int64_t given, std::uint64_t otherwise) {
  return given == no_split_seed ? otherwise : static_cast<std::uint64_t>(given);
}

}  // namespace ipet
