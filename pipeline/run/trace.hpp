// What a run did when, for viewers of traces: https://ui.perfetto.dev, chrome://tracing.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace ipet::run {

/// Kept in memory, 24 bytes a slice and at most two million of them, and 100,000 samples, of which a long run
/// keeps every second, every fourth and so on; calls of one stage in one thread that
/// follow each other within 20 microseconds are one slice of at most 5 ms. Any thread may call any function.
class Trace {
 public:
  using Clock = std::chrono::steady_clock;

  Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// This thread ran the code of a stage.
  void slice(std::size_t stage, Clock::time_point begin, Clock::time_point end);
  /// A part of the run begins: "pass 1 of 3: capture".
  void part(const std::string& text);
  void sample(std::uint64_t bytes_in_flight, std::uint64_t resident_bytes);

  /// Slices that found no room any more.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_.load(); }
  /// In the Trace Event Format (JSON object): a process for each stage with a thread for each of ours, the
  /// parts of the run and the counters in a process of their own. Times in microseconds since the begin.
  [[nodiscard]] std::string json(const std::vector<std::string>& stages) const;

 private:
  struct Slice {
    std::int64_t begin = 0, end = 0;  ///< ns
    std::uint32_t stage = 0, calls = 0;
  };
  struct Sample {
    std::int64_t time = 0;
    std::uint64_t bytes_in_flight = 0, resident_bytes = 0;
  };
  using Slices = std::vector<Slice>;

  [[nodiscard]] std::int64_t since_begin(Clock::time_point time) const;
  Slices& of_this_thread();

  const Clock::time_point begin_ = Clock::now();
  const std::uint64_t number_;  ///< among all traces of the process
  std::atomic<std::uint64_t> count_{0}, left_out_{0};
  mutable std::mutex mutex_;  ///< of what follows, but each thread's slices, which are its own until the end
  std::deque<Slices> threads_;
  std::vector<std::pair<std::int64_t, std::string>> parts_;
  std::vector<Sample> samples_;
  std::uint64_t samples_asked_ = 0, every_ = 1;  ///< of so many samples one is kept
};

}  // namespace ipet::run
