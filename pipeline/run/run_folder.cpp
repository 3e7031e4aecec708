#include "pipeline/run/run_folder.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include <sys/stat.h>
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

constexpr const char* choose_another = "; choose another folder with --output";

/// Of a link that cannot be followed.
std::string where_it_leads(const fs::path& link, int error) {
  std::error_code unknown;
  if (error == ELOOP) return "is a link that leads in a circle";
  if (error == ENOENT)
    return "is a link that leads nowhere (to " + fs::read_symlink(link, unknown).string() + ")";
  return "is a link that cannot be followed: " + std::generic_category().message(error);
}

}  // namespace

std::string obstacle_to_folder(const fs::path& folder) {
  fs::path at;
  for (const fs::path& part : folder.lexically_normal()) {
    if (part.empty()) continue;  // after the last slash
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
    return error == ENOENT ? "" : at.string() + ": " + std::generic_category().message(error);
  }
  return "";
}

RunFolder::RunFolder(const fs::path& folder, const std::string& command_line) {
  if (folder.empty()) return;
  try {
    take(folder, command_line);
  } catch (const std::system_error& error) {
    clear();
    if (!nobody_writes(error.code()))
      throw std::runtime_error(folder.string() + ": nothing can be written in this folder: " +
                               error.code().message() + choose_another);
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
  if (const std::string obstacle = obstacle_to_folder(folder); !obstacle.empty())
    throw OutputError(folder.string() + ": cannot be the folder for the results: " + obstacle +
                      choose_another);
  std::vector<fs::path> missing;
  for (fs::path at = fs::absolute(folder).lexically_normal(); !fs::exists(at); at = at.parent_path()) {
    if (at.has_filename()) missing.insert(missing.begin(), at);
  }
  for (const fs::path& at : missing) {
    if (fs::create_directory(at)) created_.push_back(at);
  }
}

void RunFolder::clear() {
  lock_.reset();
  for (auto at = created_.rbegin(); at != created_.rend(); ++at) ::rmdir(at->c_str());
}

}  // namespace ipet::run
