// The files that a run makes: which names they may have, and when they get them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/plan/plan.hpp"
#include "pipeline/run/placing.hpp"

namespace ipet::run {

/// Keeps the record of what ipet made in the run's output folder and, of results that lie elsewhere, in the
/// folder of the result. All functions may be called from several threads at once; errors are
/// std::runtime_error with a sentence for the user.
class Outputs {
 public:
  using Say = std::function<void(std::size_t stage, const std::string& text)>;

  /// `version`: of the program; part of what decides a result (identity_of).
  Outputs(const plan::Plan& plan, const std::string& version);

  /// StageContext::reserve.
  void reserve(std::size_t stage, const std::filesystem::path& result);
  /// After the sinks have reserved theirs: throws when an option of another stage names one of these files.
  void check_inputs() const;
  /// A file that was read. Throws when a sink is to write it.
  void note_input(const std::filesystem::path& file);
  [[nodiscard]] Earlier earlier(const std::filesystem::path& file) const;

  /// Files of sinks, maps and keyed stages wait for publish_waiting; those of others get their names now.
  void publish(std::size_t stage, const std::filesystem::path& result, const CompleteFiles& files,
               const Say& info);
  /// All or none. `inputs` are those of the run. Throws, with everything published, when something was put in
  /// the way during the run: then that result stands beside it.
  void publish_waiting(const std::vector<InputRecord>& inputs, bool interrupted, const Say& info,
                       const Say& warn);
  /// Results that got their names in this run: relative to the output folder those that lie there, others as
  /// they were named. What was there already with the same bytes is not among them.
  [[nodiscard]] std::vector<std::string> published() const;

 private:
  /// The folder whose record knows a result.
  [[nodiscard]] std::filesystem::path home_of(const std::filesystem::path& result) const;
  void note_published(const std::vector<ResultFiles>& results, const Placed& placed);
  [[nodiscard]] PlacingFacts facts(std::string inputs, bool interrupted, bool at_once) const;

  const plan::Plan& plan_;
  const std::filesystem::path folder_;
  const std::string version_;
  mutable std::mutex mutex_;
  std::map<std::filesystem::path, std::size_t> reserved_;     ///< by sinks: their stages
  std::set<std::pair<std::uint64_t, std::uint64_t>> inputs_;  ///< device and inode
  std::vector<ResultFiles> waiting_;
  std::vector<std::string> published_;
};

}  // namespace ipet::run
