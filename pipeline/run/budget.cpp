#include "pipeline/run/budget.hpp"

#include <utility>

#include "pipeline/text/numbers.hpp"

namespace ipet::run {

std::string mebibytes(std::uint64_t bytes) {
  return text::format("%.1f MiB", static_cast<double>(bytes) / (1 << 20));
}

Budget::Budget(std::uint64_t limit, std::size_t stages)
    : limit_(limit), admit_(limit - limit / 8), held_(stages) {}

bool Budget::reserve(std::uint64_t bytes) {
  // Only the pump reserves, one call at a time, so the sum cannot grow by another reservation meanwhile.
  const std::uint64_t used = charged_.load() + reserved_.load();
  if (used != 0 && used + bytes > admit_) return false;
  reserved_.fetch_add(bytes);
  return true;
}

bool Budget::reserve_at_rest(std::uint64_t bytes) {
  if (charged_.load() >= admit_) return false;
  reserved_.fetch_add(bytes);
  return true;
}

void Budget::charge(std::uint64_t bytes) {
  const std::uint64_t now = charged_.fetch_add(bytes) + bytes;
  std::uint64_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

void Budget::give_back(std::uint64_t bytes) {
  charged_.fetch_sub(bytes);
  // Sequentially consistent with wake_when_returned: either the pump sees the bytes or we see that it waits.
  if (!blocked_.load() || !blocked_.exchange(false)) return;
  const std::lock_guard lock(mutex_);
  if (wake_) wake_();
}

void Budget::attach(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void Budget::detach() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
}

/// Bytes charged for one payload; lives exactly as long as the payload.
class Credit {
 public:
  Credit(std::shared_ptr<Budget> budget, std::shared_ptr<const void> payload, std::uint64_t bytes)
      : budget_(std::move(budget)), payload_(std::move(payload)), bytes_(bytes) {
    budget_->charge(bytes_);
  }
  Credit& operator=(Credit&&) = delete;
  ~Credit() {
    payload_.reset();  // the memory first, then the bytes
    budget_->give_back(bytes_);
  }

 private:
  const std::shared_ptr<Budget> budget_;
  std::shared_ptr<const void> payload_;
  const std::uint64_t bytes_;
};

/// One stage's share in a payload. The payload (and with it the credit and the budget) goes last.
class Holding {
 public:
  Holding(Budget& budget, std::size_t stage, std::shared_ptr<const void> payload, std::uint64_t bytes)
      : budget_(budget), stage_(stage), bytes_(bytes), payload_(std::move(payload)) {
    budget_.held_[stage_].fetch_add(bytes_, std::memory_order_relaxed);
  }
  Holding& operator=(Holding&&) = delete;
  ~Holding() { budget_.held_[stage_].fetch_sub(bytes_, std::memory_order_relaxed); }

 private:
  Budget& budget_;  ///< kept alive by the payload's credit
  const std::size_t stage_;
  const std::uint64_t bytes_;
  const std::shared_ptr<const void> payload_;
};

Message charged(const std::shared_ptr<Budget>& budget, Message message) {
  const void* const payload = message.payload.get();
  auto credit = std::make_shared<Credit>(budget, std::move(message.payload), charge_of(message));
  message.payload = std::shared_ptr<const void>(std::move(credit), payload);
  return message;
}

Message held_by(const std::shared_ptr<Budget>& budget, std::size_t stage, Message message) {
  const void* const payload = message.payload.get();
  auto holding = std::make_shared<Holding>(*budget, stage, std::move(message.payload), charge_of(message));
  message.payload = std::shared_ptr<const void>(std::move(holding), payload);
  return message;
}

}  // namespace ipet::run
