#include "pipeline/run/budget.hpp"

#include <utility>

namespace ipet::run {

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

void Budget::unreserve(std::uint64_t bytes) {
  reserved_.fetch_sub(bytes);
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

std::uint64_t Budget::held(std::size_t stage) const {
  return held_.at(stage).load(std::memory_order_relaxed);
}

void Budget::move_holder(std::size_t from, std::size_t to, std::uint64_t bytes) {
  if (from != Credit::nobody) held_[from].fetch_sub(bytes, std::memory_order_relaxed);
  if (to != Credit::nobody) held_[to].fetch_add(bytes, std::memory_order_relaxed);
}

Credit::Credit(std::shared_ptr<Budget> budget, std::shared_ptr<const void> payload, std::uint64_t bytes)
    : budget_(std::move(budget)), payload_(std::move(payload)), bytes_(bytes) {
  budget_->charge(bytes_);
}

Credit::~Credit() {
  payload_.reset();  // the memory first, then the bytes
  budget_->move_holder(holder_.load(std::memory_order_relaxed), nobody, bytes_);
  budget_->give_back(bytes_);
}

Item Credit::charge(const std::shared_ptr<Budget>& budget, Message message) {
  const void* const payload = message.payload.get();
  const auto credit = std::make_shared<Credit>(budget, std::move(message.payload), message.bytes + overhead);
  message.payload = std::shared_ptr<const void>(credit, payload);
  return {std::move(message), credit.get()};
}

void Credit::received_by(std::size_t stage) {
  budget_->move_holder(holder_.exchange(stage, std::memory_order_relaxed), stage, bytes_);
}

}  // namespace ipet::run
