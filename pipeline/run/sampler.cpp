#include "pipeline/run/sampler.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>

#include <unistd.h>

#include "pipeline/run/trace.hpp"

namespace ipet::run {

namespace {

constexpr auto period = std::chrono::milliseconds(10);

double process_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Sampler::Sampler(RunState& run)
    : run_(run), seconds_(run.seconds()), cpu_seconds_(process_seconds()), thread_([this] { work(); }) {}

Sampler::~Sampler() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void Sampler::work() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, period, [this] { return end_; })) look();
}

void Sampler::look() {
  const double seconds = run_.seconds(), cpu_seconds = process_seconds();
  const double passed = seconds - seconds_, used = cpu_seconds - cpu_seconds_;
  seconds_ = seconds;
  cpu_seconds_ = cpu_seconds;
  int all = 0;
  for (const StageStats& stage : run_.stats)
    all += std::max(0, stage.threads.load(std::memory_order_relaxed));
  for (std::size_t i = 0; i < run_.stats.size(); ++i) {
    StageStats& stage = run_.stats[i];
    const int threads = stage.threads.load(std::memory_order_relaxed);
    const std::lock_guard lock(stage.mutex);
    stage.peak_bytes = std::max(stage.peak_bytes, run_.budget->held(i));
    if (threads <= 0) continue;
    stage.seconds += passed;
    stage.cpu_seconds += used * threads / std::max(all, threads);
  }
  if (run_.observer.trace != nullptr && looks_++ % 5 == 0)
    run_.observer.trace->sample(run_.budget->in_flight(), resident_bytes());
}

}  // namespace ipet::run
