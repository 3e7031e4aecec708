#include "pipeline/run/trace.hpp"

#include <cinttypes>

#include <nlohmann/json.hpp>

#include "pipeline/text/numbers.hpp"

namespace ipet::run {

namespace {

constexpr std::uint64_t most_slices = 2'000'000;
constexpr std::size_t most_samples = 100'000;
constexpr std::int64_t gap = 20'000, longest_of_many = 5'000'000;  // ns

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> number{0};
  return ++number;
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string microseconds(std::int64_t ns) {
  return text::format("%" PRId64 ".%03d", ns / 1000, static_cast<int>(ns % 1000));
}

std::string process_text(std::size_t process, const std::string& name) {
  return text::format(R"({"ph":"M","name":"process_name","pid":%zu,"args":{"name":%s}},)"
                      "\n",
                      process, quoted(name).c_str()) +
         text::format(R"({"ph":"M","name":"process_sort_index","pid":%zu,"args":{"sort_index":%zu}},)"
                      "\n",
                      process, process);
}

std::string slice_text(const std::string& name, std::size_t process, std::size_t thread, std::int64_t begin,
                       std::int64_t end, const std::string& more) {
  return text::format(R"({"ph":"X","name":%s,"pid":%zu,"tid":%zu,"ts":%s,"dur":%s%s},)"
                      "\n",
                      name.c_str(), process, thread, microseconds(begin).c_str(),
                      microseconds(end - begin).c_str(), more.c_str());
}

/// Viewers take numbers of threads for unique over all processes.
std::size_t thread_of(std::size_t stage, std::size_t thread) {
  return (stage + 1) * 10'000 + thread + 1;
}

std::string counter_text(const char* name, std::int64_t time, std::uint64_t bytes) {
  return text::format(R"({"ph":"C","name":"%s","pid":0,"ts":%s,"args":{"bytes":%)" PRIu64 "}},\n", name,
                      microseconds(time).c_str(), bytes);
}

}  // namespace

Trace::Trace() : number_(next_number()) {}

std::int64_t Trace::since_begin(Clock::time_point time) const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time - begin_).count();
}

Trace::Slices& Trace::of_this_thread() {
  thread_local std::uint64_t trace = 0;
  thread_local Slices* slices = nullptr;
  if (trace != number_) {
    const std::lock_guard lock(mutex_);
    slices = &threads_.emplace_back();
    trace = number_;
  }
  return *slices;
}

void Trace::slice(std::size_t stage, Clock::time_point begin, Clock::time_point end) {
  Slices& slices = of_this_thread();
  const std::int64_t from = since_begin(begin), to = since_begin(end);
  if (!slices.empty()) {
    Slice& last = slices.back();
    if (last.stage == stage && from - last.end < gap && to - last.begin < longest_of_many) {
      last.end = to;
      ++last.calls;
      return;
    }
  }
  if (count_.fetch_add(1, std::memory_order_relaxed) >= most_slices) {
    ++left_out_;
    return;
  }
  slices.push_back({from, to, static_cast<std::uint32_t>(stage), 1});
}

void Trace::part(const std::string& text) {
  const std::int64_t now = since_begin(Clock::now());
  const std::lock_guard lock(mutex_);
  parts_.emplace_back(now, text);
}

void Trace::sample(std::uint64_t bytes_in_flight, std::uint64_t resident_bytes) {
  const std::int64_t now = since_begin(Clock::now());
  const std::lock_guard lock(mutex_);
  if (samples_asked_++ % every_ != 0) return;
  samples_.push_back({now, bytes_in_flight, resident_bytes});
  if (samples_.size() < most_samples) return;
  for (std::size_t i = 0; 2 * i < samples_.size(); ++i) samples_[i] = samples_[2 * i];
  samples_.resize((samples_.size() + 1) / 2);
  every_ *= 2;
}

std::string Trace::json(const std::vector<std::string>& stages) const {
  const std::int64_t now = since_begin(Clock::now());
  const std::lock_guard lock(mutex_);
  std::string out = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + process_text(0, "run");
  for (std::size_t stage = 0; stage < stages.size(); ++stage) out += process_text(stage + 1, stages[stage]);
  for (std::size_t i = 0; i < parts_.size(); ++i)
    out += slice_text(quoted(parts_[i].second), 0, 0, parts_[i].first,
                      i + 1 < parts_.size() ? parts_[i + 1].first : now, "");
  for (std::size_t thread = 0; thread < threads_.size(); ++thread)
    for (const Slice& slice : threads_[thread])
      out += slice_text(quoted(stages.at(slice.stage)), slice.stage + 1, thread_of(slice.stage, thread),
                        slice.begin, slice.end, text::format(R"(,"args":{"calls":%u})", slice.calls));
  for (const Sample& sample : samples_)
    out += counter_text("bytes in flight", sample.time, sample.bytes_in_flight) +
           counter_text("resident memory", sample.time, sample.resident_bytes);
  // Without a comma behind the last one.
  out.erase(out.size() - 2);
  return out + "\n]}\n";
}

}  // namespace ipet::run
