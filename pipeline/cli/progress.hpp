// Shows how a run goes: a block that is redrawn on a terminal, log lines otherwise. All on standard error.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "pipeline/run/execute.hpp"

namespace ipet::cli {

class ProgressDisplay {
 public:
  /// `terminal`: standard error is one.
  explicit ProgressDisplay(bool terminal) : terminal_(terminal) {}
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;
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
  double rate_of(const run::StageCounters& stage, double seconds);

  const bool terminal_;
  std::mutex mutex_;
  std::size_t drawn_lines_ = 0;
  double logged_at_ = 0;
  std::size_t logged_pass_ = static_cast<std::size_t>(-1);
  std::map<std::string, Seen> seen_;
};

/// "1.2 M", "850", "3.4 k"
std::string count_text(double count);
/// "64.0 MiB"
std::string bytes_text(std::uint64_t bytes);
/// "12.3 s", "2 min 5 s"
std::string duration_text(double seconds);

}  // namespace ipet::cli
