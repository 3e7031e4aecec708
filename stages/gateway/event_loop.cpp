#include "stages/gateway/event_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "stages/gateway/clock.hpp"

namespace ipet::gateway {

using traffic::Nanoseconds;

namespace {

constexpr Nanoseconds longest_wait = traffic::second / 5;

[[noreturn]] void system_failed(const char* call) {
  throw std::runtime_error(std::string(call) + ": " + std::strerror(errno));
}

}  // namespace

EventLoop::EventLoop() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = timer_;
  if (epoll_ < 0 || timer_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) != 0) {
    const int error = errno;
    ::close(epoll_);
    ::close(timer_);
    errno = error;
    system_failed("the event loop cannot be made");
  }
}

EventLoop::~EventLoop() {
  ::close(timer_);
  ::close(epoll_);
}

void EventLoop::add(int descriptor, Ready ready) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) system_failed("epoll_ctl");
  ready_[descriptor] = std::make_shared<Ready>(std::move(ready));
}

void EventLoop::await_writing(int descriptor, bool writing) {
  await(descriptor, writing ? EPOLLOUT : EPOLLIN);
}

void EventLoop::listen(int descriptor, bool listening) {
  await(descriptor, listening ? std::uint32_t{EPOLLIN} : 0);
}

void EventLoop::await(int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) != 0) system_failed("epoll_ctl");
}

void EventLoop::remove(int descriptor) {
  if (ready_.erase(descriptor) > 0) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void EventLoop::set_timer(Nanoseconds monotonic) {
  if (monotonic == set_) return;
  set_ = monotonic;
  itimerspec timer{};  // all zero would stop it
  timer.it_value.tv_sec = monotonic / traffic::second;
  timer.it_value.tv_nsec = std::max<Nanoseconds>(1, monotonic % traffic::second);
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &timer, nullptr);
}

void EventLoop::run(const std::function<bool()>& stop, const Turn& turn) {
  std::array<epoll_event, 64> events;
  while (!stop()) {
    set_timer(std::clamp<Nanoseconds>(turn(), 1, monotonic_now() + longest_wait));
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
    if (count < 0 && errno != EINTR) system_failed("epoll_wait");
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == timer_) {
        std::uint64_t expirations = 0;
        (void)!::read(timer_, &expirations, sizeof expirations);
        set_ = 0;
        continue;
      }
      // It may remove itself and others.
      if (const auto found = ready_.find(descriptor); found != ready_.end()) {
        const std::shared_ptr<Ready> ready = found->second;
        (*ready)();
      }
    }
  }
}

}  // namespace ipet::gateway
