#include "pipeline/run/run_state.hpp"

#include <algorithm>
#include <ctime>

#include <tbb/info.h>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/percent.hpp"

namespace ipet::run {
namespace {

void append_cause(std::string& text, const std::exception& error) {
  if (!text.empty()) text += ": ";
  text += error.what();
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& nested) {
    append_cause(text, nested);
  } catch (...) {
    text += ": an exception that is not a std::exception";
  }
}

std::size_t thread_count(std::size_t wanted) {
  return wanted != 0 ? wanted : static_cast<std::size_t>(tbb::info::default_concurrency());
}

std::vector<std::string> stage_names(const plan::Plan& plan) {
  return text::mapped(plan.stages, [](const plan::PlannedStage& stage) {
    return "stage '" + stage.id + "' (plugin " + stage.description->name + ")";
  });
}

}  // namespace

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

std::string cause_text(const std::exception_ptr& error) {
  std::string text;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& cause) {
    append_cause(text, cause);
  } catch (...) {
    text = "an exception that is not a std::exception";
  }
  return text;
}

RunState::RunState(const plan::Plan& plan_in, const RunFacts& facts_in, const Observer& observer_in,
                   const StopRequest& stop_in)
    : plan(plan_in),
      facts(facts_in),
      observer(observer_in),
      stop(stop_in),
      threads(thread_count(plan_in.run.threads)),
      budget(std::make_shared<Budget>(std::uint64_t{plan_in.run.memory_mib} << 20, plan_in.stages.size())),
      outputs(plan_in, facts_in.version),
      stats(plan_in.stages.size()),
      started_(std::chrono::steady_clock::now()),
      created_(now_utc()),
      stage_names_(stage_names(plan_in)) {}

std::string RunState::holders_text() const {
  std::vector<std::size_t> holders;
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    if (budget->held(stage) != 0) holders.push_back(stage);
  }
  std::stable_sort(holders.begin(), holders.end(),
                   [this](std::size_t a, std::size_t b) { return budget->held(a) > budget->held(b); });
  const auto held = [this](std::size_t stage) {
    return stage_text(stage) + " holds " + mebibytes(budget->held(stage));
  };
  return text::joined(holders, ", ", held) +
         "; a stage must copy what it keeps of a message, or run.memory_mib must grow";
}

void RunState::fail(std::size_t stage, const std::string& item, const std::exception_ptr& error) noexcept {
  try {
    // What a stage throws because the run already ends is no news.
    if (halted()) return;
    std::string text = stage_text(stage) + item + ": " + cause_text(error);
    // The likely reason, where a file was truncated or removed under its reader.
    if (text.find(Inputs::not_the_same) == std::string::npos)
      for (const auto& [reader, change] : inputs_.changed_since()) text += "; " + change;
    fail(std::move(text));
  } catch (...) {
    fail("out of memory while an error was reported");
  }
}

void RunState::fail(std::string text) noexcept {
  const std::lock_guard lock(mutex_);
  if (failed_.load()) return;
  error_ = std::move(text);
  failed_.store(true);
}

void RunState::rethrow() const {
  const std::lock_guard lock(mutex_);
  throw StageError(error_);
}

void RunState::stopped_early(std::size_t stage, bool value) noexcept {
  if (level() == 0) return fail(stage_text(stage) + ": it stopped early, though nobody asked it to");
  note_cut_short();
  if (!value) broken_off_.store(true);
}

double RunState::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

RunRecord RunState::record() const {
  RunRecord record{plan.name, plan.resolved, facts.command_line, facts.version,
                   created_,  plan.run.seed, facts.plugins,      {},
                   {}};
  if (facts.loaded_plugins) {
    const std::lock_guard lock(components_mutex_);
    record.plugins = facts.loaded_plugins();
  }
  record.inputs = inputs_.records();
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const StageCounters of = counters(i);
    record.stages.push_back({of.stage, plan.stages[i].description->name, of.seconds, of.cpu_seconds,
                             of.peak_bytes, of.messages, of.items});
  }
  // What is stored is UTF-8; names of files need not be.
  for (InputRecord& input : record.inputs) input.path = text::percent_encoded(input.path);
  for (PluginRecord& plugin : record.plugins) plugin.path = text::percent_encoded(plugin.path);
  return record;
}

std::shared_ptr<const void> RunState::make_component(const TypeName& interface, const std::string& name,
                                                     const std::string& options) {
  if (!facts.make_component)
    throw std::runtime_error("no " + interface.name + " '" + name + "': this program knows no components");
  const std::lock_guard lock(components_mutex_);
  return facts.make_component(interface, name, options);
}

void RunState::note_printed(std::size_t stage, std::string text) {
  const std::lock_guard lock(mutex_);
  printed_[stage].push_back(std::move(text));
}

std::vector<std::string> RunState::printed() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [stage, texts] : printed_) all.insert(all.end(), texts.begin(), texts.end());
  return all;
}

void RunState::note_made(std::size_t stage, std::uint64_t count, std::string_view one,
                         std::string_view many) {
  const std::lock_guard lock(mutex_);
  std::vector<Made>& all = made_[stage];
  const auto same = std::ranges::find(all, many, &Made::many);
  if (same != all.end())
    same->count += count;
  else
    all.push_back({count, std::string(one), std::string(many)});
}

std::vector<Made> RunState::made() const {
  const std::lock_guard lock(mutex_);
  std::vector<Made> most;
  for (const auto& [stage, all] : made_) {
    for (const Made& made : all) {
      const auto same = std::ranges::find(most, made.many, &Made::many);
      if (same == most.end())
        most.push_back(made);
      else
        same->count = std::max(same->count, made.count);
    }
  }
  return most;
}

void RunState::note_result(std::size_t stage, ResultRow row) {
  const std::lock_guard lock(mutex_);
  results_[stage].push_back(std::move(row));
}

std::vector<StageRow> RunState::results() const {
  const std::lock_guard lock(mutex_);
  std::vector<StageRow> all;
  for (const auto& [stage, rows] : results_)
    for (const ResultRow& row : rows) all.push_back({plan.stages[stage].id, row});
  return all;
}

void RunState::say(bool warning, std::size_t stage, std::string_view text) {
  const auto& listener = warning ? observer.warn : observer.info;
  if (!listener) return;
  const std::lock_guard lock(observer_mutex_);
  listener(plan.stages[stage].id, std::string(text));
}

void RunState::say_part(const std::string& text) {
  if (observer.trace != nullptr) observer.trace->part(text);
  if (!observer.part) return;
  const std::lock_guard lock(observer_mutex_);
  observer.part(text);
}

StageCounters RunState::counters(std::size_t stage) const {
  StageStats& from = stats[stage];
  StageCounters to;
  to.stage = plan.stages[stage].id;
  to.pass = plan.stages[stage].pass;
  to.messages = from.messages.load(std::memory_order_relaxed);
  to.items = from.items.load(std::memory_order_relaxed);
  to.held_bytes = budget->held(stage);
  to.working = from.working.load(std::memory_order_relaxed);
  const std::lock_guard lock(from.mutex);
  to.fraction = from.fraction;
  to.text = from.text;
  to.resume_point = from.resume_point;
  to.seconds = from.seconds;
  to.cpu_seconds = from.cpu_seconds;
  to.peak_bytes = from.peak_bytes;
  return to;
}

}  // namespace ipet::run
