#include "pipeline/run/run_folder.hpp"

#include <cerrno>
#include <climits>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include <linux/magic.h>
#include <sys/stat.h>
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

[[noreturn]] void refuse(const fs::path& folder, const std::string& why) {
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

}  // namespace

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
  } catch (const std::system_error& error) {
    clear();
    if (nobody_writes(error.code())) return;
    const std::string why = "nothing can be written there: " + error.code().message();
    if (!passes_by(error.code())) refuse(folder, why);
    throw std::runtime_error(shown(folder) + ": the folder for the results: " + why + choose_another);
  } catch (...) {
    clear();
    throw;
  }
}

void RunFolder::take(const fs::path& folder, const std::string& command_line) {
  create(folder);
  lock_ = FileLock::attempt(folder / ".ipet-run.lock");
  if (!lock_)
    throw std::runtime_error(folder.string() + ": another run is at work in this folder (" +
                             read_text(folder / ".ipet-run.lock") +
                             "); wait for its end, or choose another folder with --output");
  lock_->write("pid " + std::to_string(::getpid()) + " on " + host_name() + ", since " + now_utc() + ": " +
               command_line);
}

void RunFolder::create(const fs::path& folder) {
  const std::size_t bytes = fs::absolute(folder).native().size();
  if (bytes + room_for_names > longest_path)
    refuse(folder, "its path has " + std::to_string(bytes) + " bytes, and the system takes " +
                       std::to_string(longest_path) + " with the names of the results");
  if (const std::string obstacle = obstacle_to_folder(folder); !obstacle.empty()) refuse(folder, obstacle);
  // One after the other: "new/../x" leads somewhere only where there is a folder "new".
  fs::path at;
  for (const fs::path& part : fs::absolute(folder)) {
    at /= part;
    if (at.has_filename() && !fs::exists(at) && fs::create_directory(at)) created_.push_back(at);
  }
}

void RunFolder::clear() {
  lock_.reset();
  for (auto at = created_.rbegin(); at != created_.rend(); ++at) ::rmdir(at->c_str());
}

}  // namespace ipet::run
