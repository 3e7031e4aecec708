#include "pipeline/sdk/at_work.hpp"

#include <array>
#include <atomic>

namespace ipet {
namespace {

/// What each thread runs, by the number of the thread; those beyond share the last place.
std::array<std::atomic<const char*>, 256> by_thread;
static_assert(std::atomic<const char*>::is_always_lock_free,
              "signal handlers may use lock-free atomics only");
std::atomic<unsigned> threads{0};

constinit thread_local const char* current = nullptr;
constinit thread_local unsigned number = 0;  ///< counts from 1

void set(const char* whose) {
  if (number == 0) number = ++threads;
  current = whose;
  by_thread[number < by_thread.size() ? number : by_thread.size() - 1].store(whose,
                                                                             std::memory_order_relaxed);
}

}  // namespace

AtWork::AtWork(const char* whose) noexcept : before_(current) {
  set(whose);
}

AtWork::~AtWork() {
  set(before_);
}

const char* AtWork::here() noexcept {
  return current;
}

const char* AtWork::anywhere() noexcept {
  for (const auto& whose : by_thread)
    if (const char* const text = whose.load(std::memory_order_relaxed)) return text;
  return nullptr;
}

}  // namespace ipet
