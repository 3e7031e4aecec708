#include "pipeline/run/publication.hpp"

#include <cerrno>
#include <set>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/run/made_files.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_to_publish(const fs::path& file, int error) {
  throw std::runtime_error(file.string() + ": " + std::generic_category().message(error));
}

void rename_file(const fs::path& from, const fs::path& to, const fs::path& shown) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail_to_publish(shown, errno);
}

/// Those that it made are added to `made`, outer ones first.
void create_folder_of(const fs::path& file, std::vector<fs::path>& made) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path folder = file.parent_path(); !folder.empty() && !is_there(folder);
       folder = folder.parent_path())
    missing.push_back(folder);
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), error);
  made.insert(made.end(), missing.rbegin(), missing.rend());
  if (error) throw std::runtime_error(file.string() + ": cannot create its folder: " + error.message());
}

/// 0, or what went wrong. Some file systems cannot flush folders: no error then.
int flush_folder(const fs::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return 0;
  const int failed = ::fsync(opened) == 0 ? 0 : errno;
  ::close(opened);
  return failed == EINVAL || failed == EBADF || failed == ENOTSUP ? 0 : failed;
}

}  // namespace

void Publication::place(const std::vector<Placement>& placements) {
  try {
    for (const Placement& placement : placements) {
      done_.push_back({placement, {}});
      place(done_.back());
    }
  } catch (const std::exception& error) {
    const std::string left = take_back();
    throw std::runtime_error(error.what() +
                             (left.empty() ? "; nothing of this run was published" : "; " + left));
  }
}

void Publication::place(Done& step) {
  const auto& [from, to, kept] = step.placement;
  create_folder_of(to, folders_);
  step.replaced = is_there(to);
  if (step.replaced) {
    // A second name first: so there is no moment without a file of this name.
    const fs::path second = kept.empty() ? fs::path(from.string() + ".earlier") : kept;
    create_folder_of(second, folders_);
    step.linked = ::link(to.c_str(), second.c_str()) == 0;
    if (step.linked && kept.empty()) step.earlier = second;
    if (!step.linked && !kept.empty()) {  // a file system without links
      rename_file(to, kept, kept);
      step.moved = true;
    }
  }
  rename_file(from, to, to);
  step.renamed = true;
}

std::string Publication::take_back() {
  std::string left;
  for (auto step = done_.rbegin(); step != done_.rend(); ++step) {
    const auto& [from, to, kept] = step->placement;
    const fs::path second = step->earlier.empty() ? kept : step->earlier;
    try {
      if (step->moved || (step->linked && step->renamed))
        rename_file(second, to, to);
      else if (step->linked)
        ::unlink(second.c_str());
      else if (step->renamed && !step->replaced)
        rename_file(to, from, to);
      else if (step->renamed)
        throw std::runtime_error(to.string());
    } catch (const std::exception& error) {
      left +=
          (left.empty() ? "some of its files could not be taken back: " : ", ") + std::string(error.what());
    }
  }
  done_.clear();
  // What is not empty stays.
  for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) ::rmdir(folder->c_str());
  folders_.clear();
  return left;
}

std::string Publication::finish() {
  std::set<fs::path> folders;
  for (const Done& step : done_) {
    if (!step.earlier.empty()) ::unlink(step.earlier.c_str());
    folders.insert(step.placement.to.parent_path());
    if (!step.placement.kept.empty()) folders.insert(step.placement.kept.parent_path());
  }
  done_.clear();
  folders_.clear();
  std::string unsafe;
  for (const fs::path& folder : folders) {
    const int failed = flush_folder(folder);
    if (failed != 0)
      unsafe +=
          (unsafe.empty() ? "" : "; ") + folder.string() + ": " + std::generic_category().message(failed);
  }
  return unsafe;
}

}  // namespace ipet::run
