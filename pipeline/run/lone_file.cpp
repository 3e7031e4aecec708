#include "pipeline/run/lone_file.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/run/placing.hpp"
#include "pipeline/run/run_folder.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

/// A complete, flushed file beside `final`; gone at the end unless it has its name by then.
class Beside {
 public:
  Beside(const fs::path& final, std::string_view text) : final_(final) {
    std::error_code error;
    fs::create_directories(final.parent_path(), error);
    const std::string begin =
        (final.parent_path() / ("." + final.filename().string() + "." + std::to_string(::getpid()))).string();
    int descriptor = -1;
    for (int i = 0; descriptor < 0; ++i) {
      name_ = begin + "." + std::to_string(i);
      descriptor = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
      if (descriptor < 0 && errno != EEXIST) fail();
    }
    const bool written = write_all(descriptor, text) && ::fsync(descriptor) == 0;
    const int reason = errno;
    ::close(descriptor);
    if (written) return;
    ::unlink(name_.c_str());
    errno = reason;
    fail();
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() { ::unlink(name_.c_str()); }

  [[nodiscard]] fs::path name() const { return name_; }

 private:
  [[noreturn]] void fail() const {
    throw std::runtime_error(final_.string() +
                             ": cannot be written: " + std::generic_category().message(errno));
  }
  static bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
      const ssize_t done = ::write(descriptor, text.data(), text.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
  }

  fs::path final_;
  std::string name_;
};

}  // namespace

LoneFile::LoneFile(fs::path file) : file_(std::move(file)) {
  if (const std::string obstacle = obstacle_to_folder(file_.parent_path()); !obstacle.empty())
    throw std::runtime_error(file_.string() + ": cannot be written: " + obstacle);
  const fs::path plain = plain_path(file_);
  finish_killed_placing(plain.parent_path());
  const Earlier what = Records().standing_of(plain).what;
  if (what == Earlier::nothing || what == Earlier::made) return;
  throw std::runtime_error(file_.string() + ": is in the way and is not replaced: " +
                           (what == Earlier::changed ? "it was changed since ipet made it"
                                                     : "ipet has no record of having made it") +
                           "; move it away, or let the runs write elsewhere (--output)");
}

std::string LoneFile::write(std::string_view text) const {
  const fs::path plain = plain_path(file_);
  const Beside made(plain, text);
  // Its content decides whether an earlier one is the same.
  const Placed placed = place_results({{0, "", file_, plain, plain.parent_path(), {{plain, made.name()}}}},
                                      {"", false, true, {}});
  std::string said;
  for (const auto& [stage, info] : placed.infos) said += (said.empty() ? "" : "; ") + info;
  if (!placed.unsafe.empty())
    said += (said.empty() ? "" : "; ") + file_.string() +
            " is complete, but may not survive a power failure: " + placed.unsafe;
  return said;
}

}  // namespace ipet::run
