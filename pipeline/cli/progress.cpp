#include "pipeline/cli/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pipeline/cli/table.hpp"
#include "pipeline/text/numbers.hpp"
#include "pipeline/text/printable.hpp"

namespace ipet::cli {
namespace {

std::string one_decimal(double number, const char* unit) {
  return text::format("%.1f%s", number, unit);
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string percent_text(const run::StageCounters& stage) {
  if (!(stage.fraction >= 0)) return {};
  return std::to_string(std::lround(std::min(stage.fraction, 1.0) * 100)) + " %";
}

std::string flight_text(const run::Progress& progress) {
  return bytes_text(progress.bytes_in_flight) + " of " + bytes_text(progress.budget_bytes) + " in flight";
}

std::string part_text(const run::Progress& progress) {
  if (progress.phase != run::Phase::passes) return "writing the results";
  return "pass " + std::to_string(progress.pass + 1) + "/" + std::to_string(progress.passes);
}

}  // namespace

bool LogTimes::due(double seconds) {
  if (seconds < next_) return false;
  next_ = seconds + (seconds < 60 ? 5 : 30);
  return true;
}

std::string count_text(double count) {
  if (count < 10'000) return std::to_string(std::llround(count));
  if (count < 1e6) return one_decimal(count / 1e3, " k");
  if (count < 1e9) return one_decimal(count / 1e6, " M");
  return one_decimal(count / 1e9, " G");
}

std::string bytes_text(std::uint64_t bytes) {
  const auto number = static_cast<double>(bytes);
  if (bytes < 1024) return std::to_string(bytes) + " B";
  if (bytes < 1024 * 1024) return one_decimal(number / 1024, " KiB");
  if (bytes < 1024ULL * 1024 * 1024) return one_decimal(number / (1024 * 1024), " MiB");
  return one_decimal(number / (1024.0 * 1024 * 1024), " GiB");
}

std::string duration_text(double seconds) {
  if (seconds < 60) return one_decimal(seconds, " s");
  const long long whole = std::llround(seconds);
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

void ProgressDisplay::show(const run::Progress& progress) {
  const std::lock_guard lock(mutex_);
  if (terminal_)
    draw(progress);
  else
    log(progress);
}

void ProgressDisplay::info(const std::string& stage, const std::string& text) {
  const std::lock_guard lock(mutex_);
  erase_block();
  spdlog::info("{}: {}", stage, text);
}

void ProgressDisplay::warn(const std::string& stage, const std::string& text) {
  const std::lock_guard lock(mutex_);
  erase_block();
  spdlog::warn("{}: {}", stage, text);
}

void ProgressDisplay::clear() {
  const std::lock_guard lock(mutex_);
  erase_block();
}

void ProgressDisplay::erase_block() {
  if (drawn_lines_ == 0) return;
  std::fprintf(stderr, "\x1b[%zuA\r\x1b[J", drawn_lines_);
  std::fflush(stderr);
  drawn_lines_ = 0;
}

/// Smoothed over about a second, so that the figure can be read.
double ProgressDisplay::rate_of(const run::StageCounters& stage, double seconds) {
  Seen& seen = seen_[stage.stage];
  if (stage.items < seen.items || seconds < seen.seconds) seen = {};  // another pass counts anew
  const double passed = seconds - seen.seconds;
  if (passed >= 0.1) {
    const double now = static_cast<double>(stage.items - seen.items) / passed;
    const double weight = std::min(1.0, passed);
    seen.rate = seen.rate == 0 ? now : seen.rate + weight * (now - seen.rate);
    seen.items = stage.items;
    seen.seconds = seconds;
  }
  return seen.rate;
}

/// The stage that has used the most of the processor since the last time; "" where none has used any.
std::string ProgressDisplay::hottest_of(const run::Progress& progress) {
  std::string hottest;
  double most = 0;
  for (const run::StageCounters& stage : progress.stages) {
    const double used = stage.cpu_seconds - std::exchange(cpu_seconds_[stage.stage], stage.cpu_seconds);
    if (used <= most) continue;
    most = used;
    hottest = stage.stage;
  }
  return hottest;
}

void ProgressDisplay::draw(const run::Progress& progress) {
  std::string block =
      part_text(progress) + "  " + duration_text(progress.seconds) + "  " + flight_text(progress) + "\n";
  Rows rows;
  const std::string hottest = hottest_of(progress);
  for (const run::StageCounters& stage : progress.stages) {
    const double rate = rate_of(stage, progress.seconds);
    rows.push_back({stage.stage == hottest ? "*" : " ", stage.stage,
                    count_text(static_cast<double>(stage.messages)) + " messages",
                    count_text(static_cast<double>(stage.items)) + " items", count_text(rate) + "/s",
                    stage.held_bytes > 0 ? bytes_text(stage.held_bytes) : "", percent_text(stage),
                    text::printable(stage.text)});
  }
  block += aligned(rows, 0);
  erase_block();
  // A line that wraps would break the count of lines to erase.
  const std::size_t width = terminal_width();
  std::string out;
  for (std::size_t at = 0; at < block.size();) {
    const std::size_t end = block.find('\n', at);
    out += block.substr(at, std::min(end - at, width - 1)) + "\n";
    at = end + 1;
    ++drawn_lines_;
  }
  std::fputs(out.c_str(), stderr);
  std::fflush(stderr);
}

void ProgressDisplay::log(const run::Progress& progress) {
  if (!times_.due(progress.seconds)) return;
  std::string line;
  const bool commits = progress.phase != run::Phase::passes;
  for (const run::StageCounters& stage : progress.stages) {
    const double rate = rate_of(stage, progress.seconds);
    if (commits && stage.text.empty()) continue;  // its items have all been there for long
    if (stage.messages == 0 && stage.text.empty() && !stage.working) continue;
    line += "; " + stage.stage;
    if (stage.items > 0 && !commits)
      line.append(" ").append(count_text(static_cast<double>(stage.items))).append(" items");
    else if (stage.text.empty())
      line += " at work";
    if (rate > 0 && !commits) line.append(" (").append(count_text(rate)).append("/s)");
    if (!percent_text(stage).empty()) line.append(" ").append(percent_text(stage));
    if (!stage.text.empty()) line += " " + stage.text;
  }
  spdlog::info("{}, {}, {}{}", part_text(progress), duration_text(progress.seconds), flight_text(progress),
               line);
}

}  // namespace ipet::cli
