#include "pipeline/run/lone_file.hpp"

#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "pipeline/run/file_lock.hpp"
#include "pipeline/run/placing.hpp"
#include "pipeline/run/run_folder.hpp"
#include "pipeline/text/lists.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

/// What temporary files of `file` are called; a process and a number follow.
std::string temporary_name(const fs::path& file) {
  return "." + file.filename().string() + ".ipet-tmp-";
}

void remove_dead(const fs::path& file) {
  const std::string begin = temporary_name(file);
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(file.parent_path(), error), end; !error && at != end; at.increment(error))
    if (at->path().filename().string().starts_with(begin)) found.push_back(at->path());
  for (const fs::path& each : found) FileLock::remove_if_dead(each);
}

/// A complete, flushed file beside `final`, locked while this lives; gone then unless it has its name by
/// then.
class Beside {
 public:
  Beside(const fs::path& final, std::string_view text) try {
    std::error_code error;
    fs::create_directories(final.parent_path(), error);
    const std::string begin =
        (final.parent_path() / temporary_name(final)).string() + std::to_string(::getpid()) + ".";
    for (int i = 0; !lock_; ++i) {
      name_ = begin + std::to_string(i);
      if (!is_there(name_)) lock_ = FileLock::attempt(name_);
    }
    write_whole(lock_->descriptor(), text, final);
  } catch (const std::system_error& error) {
    throw std::runtime_error(final.string() + ": cannot be written: " + error.code().message());
  }

  [[nodiscard]] const fs::path& name() const { return name_; }

 private:
  fs::path name_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace

LoneFile::LoneFile(fs::path file) : file_(std::move(file)) {
  if (const std::string obstacle = obstacle_to_folder(file_.parent_path()); !obstacle.empty())
    throw std::runtime_error(file_.string() + ": cannot be written: " + obstacle);
  const fs::path plain = plain_path(file_);
  finish_killed_placing(plain.parent_path());
  remove_dead(plain);
  check_replaceable(file_, Records().standing_of(plain).what, "let the runs write elsewhere (--output)");
}

std::string LoneFile::write(std::string_view text) const {
  const fs::path plain = plain_path(file_);
  const Beside made(plain, text);
  // Its content decides whether an earlier one is the same.
  const Placed placed = place_results({{0, "", file_, plain, plain.parent_path(), {{plain, made.name()}}}},
                                      {"", false, true, {}});
  std::string said = text::joined(placed.infos, "; ", [](const auto& info) { return info.second; });
  if (!placed.unsafe.empty())
    said += (said.empty() ? "" : "; ") + file_.string() +
            " is complete, but may not survive a power failure: " + placed.unsafe;
  return said;
}

}  // namespace ipet::run
