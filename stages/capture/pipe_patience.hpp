// How long somebody waits for a pipe.
#pragma once

#include <functional>

namespace ipet::capture {

/// While one lives, its thread asks it a few times in a second of waiting for a pipe, for its writer or for
/// more bytes, whether to wait no longer. Then the pipe ends there.
class PipePatience {
 public:
  explicit PipePatience(std::function<bool()> is_over);
  PipePatience(const PipePatience&) = delete;
  PipePatience& operator=(const PipePatience&) = delete;
  ~PipePatience();

  [[nodiscard]] static bool is_over();

 private:
  std::function<bool()> is_over_;
  PipePatience* before_;
};

}  // namespace ipet::capture
