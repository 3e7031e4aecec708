#include "pipeline/run/outputs.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/run/checksum.hpp"
#include "pipeline/run/identity.hpp"
#include "pipeline/run/run_folder.hpp"
#include "pipeline/text/next_step.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& file, const fs::path& folder) {
  const auto [a, b] = std::mismatch(file.begin(), file.end(), folder.begin(), folder.end());
  return b == folder.end() && a != file.end();
}

/// The texts in a value, those in its tables and arrays too.
void each_text(const Value& value, const std::function<void(const std::string&)>& call) {
  if (const auto* text = value.get_if<std::string>()) call(*text);
  if (const auto* array = value.get_if<Array>()) {
    for (const Value& element : *array) each_text(element, call);
  }
  if (const Table* table = value.table()) {
    for (const Entry& entry : *table) each_text(entry.value, call);
  }
}

std::pair<std::uint64_t, std::uint64_t> identity(const fs::path& file) {
  struct stat seen {};
  if (::stat(file.c_str(), &seen) != 0) return {0, 0};
  return {seen.st_dev, seen.st_ino};
}

std::string hash_of(const std::vector<InputRecord>& inputs) {
  std::string text;
  for (const InputRecord& input : inputs)
    text += fs::path(input.path).filename().string() + '\n' + std::to_string(input.bytes) + ' ' +
            input.checksum + '\n';
  return checksum_text(text);
}

/// Whether files get their names with the results of the run. Later stages read what a source or a task
/// makes.
bool waits(Form form) {
  return form == Form::sink || form == Form::map || form == Form::keyed;
}

}  // namespace

Outputs::Outputs(const plan::Plan& plan, const std::string& version)
    : plan_(plan),
      folder_(plan.run.output.empty() ? fs::path() : plain_path(plan.run.output)),
      version_(version) {}

fs::path Outputs::home_of(const fs::path& result) const {
  if (!folder_.empty() && lies_below(result, folder_)) return folder_;
  const fs::path parent = result.parent_path();
  std::error_code error;
  if (::access(parent.c_str(), W_OK) != 0 && fs::is_directory(result, error)) return result;
  return parent;
}

void Outputs::reserve(std::size_t stage, const fs::path& given) {
  const std::lock_guard lock(mutex_);
  if (const std::string obstacle = obstacle_to_folder(given.parent_path()); !obstacle.empty())
    throw std::runtime_error(given.string() + ": cannot be written: " + obstacle + "; " +
                             text::write_elsewhere);
  const fs::path result = plain_path(given);
  const fs::path home = home_of(result);
  finish_killed_placing(home);
  if (plan_.stages[stage].description->form == Form::sink) reserved_.emplace(result, stage);
  Records known;
  std::error_code error;
  if (!fs::is_directory(result, error)) return check_replaceable(given, known.standing_of(result).what);
  for (const fs::path& file : recorded_files(MadeFiles(home), result))
    check_replaceable(renamed_with(file, result, given), known.standing_of(file).what);
}

void Outputs::check_inputs() const {
  const std::lock_guard lock(mutex_);
  std::map<std::pair<std::uint64_t, std::uint64_t>, fs::path> targets;
  std::error_code error;
  for (const auto& [file, stage] : reserved_) {
    if (fs::is_regular_file(file, error)) targets.emplace(identity(file), file);
  }
  if (targets.empty()) return;
  for (const plan::PlannedStage& stage : plan_.stages) {
    if (stage.description->form == Form::sink) continue;
    each_text(stage.options_table, [&](const std::string& text) {
      if (text.empty() || !fs::is_regular_file(text, error)) return;
      const auto target = targets.find(identity(text));
      if (target == targets.end()) return;
      throw std::runtime_error(text + ": stage '" + stage.id + "' reads this file and stage '" +
                               plan_.stages[reserved_.at(target->second)].id + "' would replace it; " +
                               text::write_elsewhere);
    });
  }
}

void Outputs::note_input(const fs::path& file) {
  const auto input = identity(file);
  const std::lock_guard lock(mutex_);
  inputs_.insert(input);
  std::error_code error;
  for (const auto& [target, stage] : reserved_) {
    if (!fs::is_directory(target, error) && is_there(target) && identity(target) == input)
      throw std::runtime_error(file.string() + ": this run reads the file and stage '" +
                               plan_.stages[stage].id + "' would replace it; " + text::write_elsewhere);
  }
}

Earlier Outputs::earlier(const fs::path& file) const {
  return Records().standing_of(file).what;
}

PlacingFacts Outputs::facts(std::string inputs, bool interrupted, bool at_once) const {
  return {std::move(inputs), interrupted, at_once,
          [this](const fs::path& file) { return inputs_.contains(identity(file)); }};
}

void Outputs::publish(std::size_t stage, const fs::path& given, const CompleteFiles& files, const Say& info) {
  const std::lock_guard lock(mutex_);
  ResultFiles made{stage, identity_of(plan_, stage, version_), given, plain_path(given), {}, {}};
  made.home = home_of(made.result);
  for (const auto& [final, temporary] : files) made.files.emplace(plain_path(final), plain_path(temporary));
  if (waits(plan_.stages[stage].description->form)) {
    waiting_.push_back(std::move(made));
    return;
  }
  const std::vector<ResultFiles> results = {std::move(made)};
  const Placed placed = place_results(results, facts("", false, true));
  note_published(results, placed);
  for (const auto& [of, text] : placed.infos) info(of, text);
}

void Outputs::publish_waiting(const std::vector<InputRecord>& inputs, bool interrupted, const Say& info,
                              const Say& warn) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return;
  for (const InputRecord& input : inputs) inputs_.insert(identity(input.path));
  const Placed placed = place_results(waiting_, facts(hash_of(inputs), interrupted, false));
  note_published(waiting_, placed);
  for (const auto& [stage, text] : placed.infos) info(stage, text);
  if (!placed.unsafe.empty())
    warn(waiting_.front().stage,
         "the results are complete, but may not survive a power failure: " + placed.unsafe);
  if (!placed.in_the_way.empty()) throw std::runtime_error(placed.in_the_way);
}

void Outputs::note_published(const std::vector<ResultFiles>& results, const Placed& placed) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!placed.is_new[i]) continue;
    const bool here = !folder_.empty() && lies_below(results[i].result, folder_);
    published_.push_back((here ? results[i].result.lexically_relative(folder_) : results[i].shown).string());
  }
}

std::vector<std::string> Outputs::published() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

}  // namespace ipet::run
