// Waits for descriptors and for one time, in one thread.
#pragma once

#include <functional>
#include <map>

#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

class EventLoop {
 public:
  using Ready = std::function<void()>;
  /// Does what is due, and gives the time of CLOCK_MONOTONIC at which something will be.
  using Turn = std::function<traffic::Nanoseconds()>;

  /// Throws std::runtime_error where the system gives no descriptors.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  /// Calls `ready` while the descriptor can be read; level-triggered, so it need not read all. `ready` may
  /// add and remove descriptors.
  void add(int descriptor, Ready ready);
  /// While it can be written, in place of while it can be read.
  void await_writing(int descriptor, bool writing);
  /// Whether it is looked at; it stays added.
  void listen(int descriptor, bool listening);
  void remove(int descriptor);

  /// Calls `turn` after all that was ready, at the time that it gave, and at least five times a second. Ends
  /// once `stop`, asked as often, says so.
  void run(const std::function<bool()>& stop, const Turn& turn);

 private:
  void await(int descriptor, std::uint32_t events);
  void set_timer(traffic::Nanoseconds monotonic);

  int epoll_ = -1, timer_ = -1;
  traffic::Nanoseconds set_ = 0;  ///< what the timer waits for
  std::map<int, std::shared_ptr<Ready>> ready_;
};

}  // namespace ipet::gateway
