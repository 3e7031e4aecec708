#include "pipeline/run/run_folder.hpp"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pipeline/run/run_state.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "an unknown host";
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  return text.empty() ? "it has just begun" : text;
}

/// Nobody who may do no more than this process can write there.
bool nobody_writes(const std::error_code& error) {
  return error == std::errc::permission_denied || error == std::errc::read_only_file_system ||
         error == std::errc::operation_not_permitted;
}

/// A matter of the moment: the same folder may do another time.
bool passes_by(const std::error_code& error) {
  for (const std::errc each :
       {std::errc::no_space_on_device, std::errc::io_error, std::errc::not_enough_memory,
        std::errc::too_many_files_open, std::errc::too_many_files_open_in_system})
    if (error == each) return true;
  return error.value() == EDQUOT;
}

constexpr const char* run_lock_name = ".ipet-run.lock";

constexpr const char* choose_another = "; choose another folder with --output";

/// The longest path that the system takes has this many bytes with the zero at its end, and results have
/// names below the folder.
constexpr std::size_t longest_path = PATH_MAX - 1, room_for_names = 255;

/// A path of thousands of letters with its middle left out.
std::string shown(const fs::path& folder) {
  const std::string text = folder.string();
  constexpr std::size_t most = 400, begin = 200, end = 100;
  return text.size() <= most ? text : text.substr(0, begin) + " ... " + text.substr(text.size() - end);
}

[[noreturn]] void refuse_folder(const fs::path& folder, const std::string& why) {
  throw OutputError(shown(folder) + ": cannot be the folder for the results: " + why + choose_another);
}

/// Why a link cannot be followed.
std::string where_it_leads(const fs::path& link, int error) {
  std::error_code unknown;
  if (error == ELOOP) return "is a link that leads in a circle";
  if (error == ENOENT)
    return "is a link that leads nowhere (to " + fs::read_symlink(link, unknown).string() + ")";
  return "is a link that cannot be followed: " + std::generic_category().message(error);
}

/// "" or why the file system of a folder that is there keeps no files.
std::string obstacle_of_file_system(const fs::path& folder) {
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) return "";
  const auto type = static_cast<std::uint32_t>(about.f_type);
  for (const std::uint32_t of_the_kernel : {PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP2_SUPER_MAGIC})
    if (type == of_the_kernel) return folder.string() + " is of the system's own, which keeps no files";
  return "";
}

/// What a signal handler needs: names of the folders that the run created, outermost first, the output folder
/// last. A run in more levels leaves them.
struct Abandoned {
  static constexpr std::size_t most = 16;
  char names[most][PATH_MAX] = {};
  std::atomic<std::size_t> count{0};  ///< 0: none
};
Abandoned abandoned;

void note_created(const std::vector<fs::path>& folders) {
  if (folders.size() > Abandoned::most) return;
  for (std::size_t i = 0; i < folders.size(); ++i)
    std::strncpy(abandoned.names[i], folders[i].c_str(), PATH_MAX - 1);
  abandoned.count = folders.size();
}

/// As the kernel gives it (getdents64(2)): readdir() may not be called in a signal handler.
struct KernelEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
};

/// Calls `call(name, type)` for what is in an open folder. The kernel's name follows the type at once.
template <class Call>
void each_entry(int folder, Call call) noexcept {
  constexpr std::size_t before_name = offsetof(KernelEntry, type) + 1;
  alignas(KernelEntry) char buffer[4096];
  for (;;) {
    const long size = ::syscall(SYS_getdents64, folder, buffer, sizeof buffer);
    if (size <= 0) return;
    for (long at = 0; at < size;) {
      KernelEntry entry{};
      std::memcpy(&entry, buffer + at, before_name);
      const char* name = buffer + at + before_name;
      at += entry.length;
      if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0) call(name, entry.type);
    }
  }
}

/// Removes a folder within an open one, once `empty(it)` was called.
template <class Empty>
void remove_folder(int folder, const char* name, Empty empty) noexcept {
  const int opened = ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (opened < 0) return;
  empty(opened);
  ::close(opened);
  ::unlinkat(folder, name, AT_REMOVEDIR);
}

/// Temporary files of stages, and what folders are empty then.
void remove_temporary(int folder, int levels) noexcept {
  constexpr const char begin[] = ".ipet-tmp-";
  each_entry(folder, [&](const char* name, std::uint8_t type) {
    if (type != DT_DIR) return;
    if (std::strncmp(name, begin, sizeof begin - 1) == 0)
      remove_folder(folder, name, [](int staging) {
        each_entry(staging, [&](const char* file, std::uint8_t) { ::unlinkat(staging, file, 0); });
      });
    else if (levels > 0)
      remove_folder(folder, name, [&](int below) { remove_temporary(below, levels - 1); });
  });
}

}  // namespace

void abandon_run_folder() noexcept {
  const std::size_t count = abandoned.count;
  if (count == 0) return;
  constexpr int most_levels = 4;
  const int folder = ::open(abandoned.names[count - 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (folder < 0) return;
  // Where there is a record, there are results, or complete files that the next run gives their names.
  const bool is_used = ::faccessat(folder, ".ipet-made.json", F_OK, 0) == 0;
  if (!is_used) ::unlinkat(folder, run_lock_name, 0);
  if (!is_used) remove_temporary(folder, most_levels);
  ::close(folder);
  if (is_used) return;
  for (std::size_t i = count; i > 0 && ::rmdir(abandoned.names[i - 1]) == 0; --i) {
  }
}

std::string obstacle_to_folder(const fs::path& folder) {
  fs::path at, above = ".";
  for (const fs::path& part : folder.lexically_normal()) {
    if (part.empty()) continue;  // after the last slash
    if (!at.empty()) above = at;
    at /= part;
    struct stat seen {};
    if (::stat(at.c_str(), &seen) == 0) {
      if (!S_ISDIR(seen.st_mode)) return at.string() + " is a file, not a folder";
      continue;
    }
    const int error = errno;
    if (error == EACCES) return "";  // whoever writes there will be told
    std::error_code unknown;
    if (fs::is_symlink(fs::symlink_status(at, unknown))) return at.string() + " " + where_it_leads(at, error);
    return error == ENOENT ? obstacle_of_file_system(above)
                           : at.string() + ": " + std::generic_category().message(error);
  }
  return obstacle_of_file_system(at.empty() ? above : at);
}

RunFolder::RunFolder(const fs::path& folder, const std::string& command_line) {
  if (folder.empty()) return;
  try {
    take(folder, command_line);
    if (!created_.empty()) note_created(created_);
  } catch (const std::system_error& error) {
    clear();
    if (nobody_writes(error.code())) return;
    const std::string why = "nothing can be written there: " + error.code().message();
    if (!passes_by(error.code())) refuse_folder(folder, why);
    throw std::runtime_error(shown(folder) + ": the folder for the results: " + why + choose_another);
  } catch (...) {
    clear();
    throw;
  }
}

void RunFolder::take(const fs::path& folder, const std::string& command_line) {
  create(folder);
  lock_ = FileLock::attempt(folder / run_lock_name);
  if (!lock_)
    throw std::runtime_error(folder.string() + ": another run is at work in this folder (" +
                             read_text(folder / run_lock_name) +
                             "); wait for its end, or choose another folder with --output");
  lock_->write("pid " + std::to_string(::getpid()) + " on " + host_name() + ", since " + now_utc() + ": " +
               command_line);
}

void RunFolder::create(const fs::path& folder) {
  const std::size_t bytes = fs::absolute(folder).native().size();
  if (bytes + room_for_names > longest_path)
    refuse_folder(folder, "its path has " + std::to_string(bytes) + " bytes, and the system takes " +
                              std::to_string(longest_path) + " with the names of the results");
  if (const std::string obstacle = obstacle_to_folder(folder); !obstacle.empty())
    refuse_folder(folder, obstacle);
  // One after the other: "new/../x" leads somewhere only where there is a folder "new".
  fs::path at;
  for (const fs::path& part : fs::absolute(folder)) {
    at /= part;
    if (at.has_filename() && !fs::exists(at) && fs::create_directory(at)) created_.push_back(at);
  }
}

void RunFolder::clear() {
  abandoned.count = 0;
  lock_.reset();
  for (auto at = created_.rbegin(); at != created_.rend(); ++at) ::rmdir(at->c_str());
}

}  // namespace ipet::run
