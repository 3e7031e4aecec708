#include "stages/gateway/pool_recorder.hpp"

#include <csignal>
#include <utility>

namespace ipet::gateway {

PoolRecorder::PoolRecorder(std::unique_ptr<PoolFiles> files, traffic::Nanoseconds wall)
    : files_(std::move(files)), wall_(wall) {
  facts_ = {files_->days(), files_->bytes(), files_->lost(), files_->past_days(wall)};
  // Signals are for the threads that wait for them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

PoolRecorder::~PoolRecorder() {
  {
    const std::lock_guard lock(mutex_);
    for (const PoolRecord& record : fresh_) waiting_.push_back(record);
    ending_ = true;
  }
  handed_over_.notify_one();
  thread_.join();
}

void PoolRecorder::record(const PoolRecord& record) {
  if (fresh_.size() < most_waiting)
    fresh_.push_back(record);
  else
    ++lost_fresh_;
}

void PoolRecorder::tick(traffic::Nanoseconds steady, traffic::Nanoseconds wall) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  steady_ = steady;
  wall_ = wall;
  lost_ += std::exchange(lost_fresh_, 0);
  if (waiting_.empty()) std::swap(waiting_, fresh_);  // else the thread is behind
  news_ = true;
  handed_over_.notify_one();
}

void PoolRecorder::run() {
  std::vector<PoolRecord> taken;
  for (bool more = true; more;) {
    traffic::Nanoseconds steady = 0, wall = 0;
    {
      std::unique_lock lock(mutex_);
      handed_over_.wait(lock, [this] { return news_ || ending_; });
      more = !ending_;
      news_ = false;
      taken.clear();
      std::swap(taken, waiting_);
      steady = steady_;
      wall = wall_;
    }
    files_->append(taken, steady);
    Facts facts{files_->days(), files_->bytes(), files_->lost(), files_->past_days(wall)};
    const std::lock_guard lock(mutex_);
    facts_ = std::move(facts);
  }
}

bool PoolRecorder::facts(Facts& facts) const {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return false;
  facts = facts_;
  facts.lost += lost_;
  return true;
}

}  // namespace ipet::gateway
