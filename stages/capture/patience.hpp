// How long somebody who reads captures goes on where no packets come.
#pragma once

#include <functional>
#include <string>

namespace ipet::capture {

/// While one lives, its thread asks it whether to stop: a few times in a second of waiting for a pipe, for
/// its writer or for more bytes, and about as often in looking for captures and in reading what holds no
/// packets. Then the pipe ends there, and what was found so far is given; a checksum is none. Without one
/// nobody is asked.
class Patience {
 public:
  /// `waiting` is told, once for a pipe, that nothing has come through it for two seconds.
  explicit Patience(std::function<bool()> is_over, std::function<void(const std::string&)> waiting = {});
  Patience& operator=(Patience&&) = delete;
  ~Patience();

  [[nodiscard]] static bool is_over();
  static void say_waiting(const std::string& pipe);

 private:
  std::function<bool()> is_over_;
  std::function<void(const std::string&)> waiting_;
  Patience* before_;
};

}  // namespace ipet::capture
