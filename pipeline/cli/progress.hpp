// Shows how a run goes: a block that is redrawn on a terminal, log lines otherwise. All on standard error.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "pipeline/run/execute.hpp"

namespace ipet::cli {

/// When a run that nobody watches on a terminal says how far it is: every 5 s, after a minute every 30 s. One
/// that takes less than 5 s says nothing.
class LogTimes {
 public:
  /// Whether a line is due, `seconds` after the begin of the run; the next one is due later.
  bool due(double seconds);

 private:
  double next_ = 5;
};

class ProgressDisplay {
 public:
  /// `terminal`: standard error is one.
  explicit ProgressDisplay(bool terminal) : terminal_(terminal) {}
  ProgressDisplay& operator=(ProgressDisplay&&) = delete;
  ~ProgressDisplay() { clear(); }

  void show(const run::Progress& progress);
  void info(const std::string& stage, const std::string& text);
  void warn(const std::string& stage, const std::string& text);
  /// Takes the block off the terminal.
  void clear();

 private:
  struct Seen {
    std::uint64_t items = 0;
    double seconds = 0, rate = 0;
  };
  void erase_block();
  void draw(const run::Progress& progress);
  void log(const run::Progress& progress);
  std::string hottest_of(const run::Progress& progress);
  double rate_of(const run::StageCounters& stage, double seconds);

  const bool terminal_;
  std::mutex mutex_;
  std::size_t drawn_lines_ = 0;
  LogTimes times_;
  std::map<std::string, Seen> seen_;
  std::map<std::string, double> cpu_seconds_;  ///< of stages, at the last drawing
};

/// "1.2 M", "850", "3.4 k"
std::string count_text(double count);
/// "64.0 MiB"
std::string bytes_text(std::uint64_t bytes);
/// "12.3 s", "2 min 5 s"
std::string duration_text(double seconds);

}  // namespace ipet::cli
