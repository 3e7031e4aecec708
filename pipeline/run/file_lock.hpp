// Keeps other processes out, wherever they run.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace ipet::run {

/// A file that is locked (flock) while this lives, and then removed. It holds over containers and their
/// process ids: the kernel frees it when its process ends, however that happens. Where a file system knows no
/// locks, none is kept. Errors are std::runtime_error and name the file; std::system_error where nothing
/// stands in the way but the system refuses.
class FileLock {
 public:
  /// Waits until nobody else has it.
  explicit FileLock(std::filesystem::path file);
  /// Nothing when somebody else has it.
  static std::unique_ptr<FileLock> attempt(const std::filesystem::path& file);
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

  /// Removes a file of this kind whose process is dead; one that cannot be locked stays.
  static void remove_if_dead(const std::filesystem::path& file) noexcept;

  /// What others may read in the file.
  void write(const std::string& text) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  FileLock() = default;
  bool take(bool wait);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace ipet::run
