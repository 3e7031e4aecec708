// Whose code runs: what a crash is said to be of. For the runtime; stages need not know it.
#pragma once

namespace ipet {

/// While it lives, this thread runs the code of `whose`, a text that lives as long. They nest.
class AtWork {
 public:
  explicit AtWork(const char* whose) noexcept;
  AtWork& operator=(AtWork&&) = delete;
  ~AtWork();

  /// Of this thread; null where it runs nobody's code. As the next one, safe in a signal handler.
  static const char* here() noexcept;
  /// Of some thread; null where no thread runs anybody's code. Threads that a stage has helping it are not
  /// known by themselves.
  static const char* anywhere() noexcept;

 private:
  const char* const before_;
};

}  // namespace ipet
