// How long computations report and are stopped, without knowing the runtime.
#pragma once

#include <string_view>

namespace ipet::fingerprint {

/// Called from several threads at once.
class Observer {
 public:
  virtual ~Observer() = default;
  /// `fraction` in 0..1.
  virtual void progress(double fraction, std::string_view text) {
    static_cast<void>(fraction);
    static_cast<void>(text);
  }
  virtual void info(std::string_view text) { static_cast<void>(text); }
  virtual void warn(std::string_view text) { static_cast<void>(text); }
  /// Throws, with whatever type the caller wants to see again, to stop the computation.
  virtual void check() {}
};

}  // namespace ipet::fingerprint
