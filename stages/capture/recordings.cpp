#include "stages/capture/recordings.hpp"

#include <algorithm>
#include <set>

#include "stages/capture/byte_source.hpp"
#include "stages/traffic/paths.hpp"

namespace ipet::capture {

namespace {

namespace fs = std::filesystem;

const FileKind captures{"capture", {".pcap", ".pcapng", ".cap"}, {}};

bool has_name_of(const FileKind& kind, const fs::path& path) {
  std::string name = path.filename().string();
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) {
      name.resize(name.size() - packed.size());
      break;
    }
  }
  return name != kind.except && std::any_of(kind.endings.begin(), kind.endings.end(),
                                            [&](const std::string& e) { return name.ends_with(e); });
}

/// "*.pcap, *.pcapng and *.cap"
std::string names_of(const FileKind& kind) {
  std::string text;
  for (std::size_t i = 0; i < kind.endings.size(); ++i) {
    const bool last = i + 1 == kind.endings.size();
    text += (i == 0 ? "*" : last ? " and *" : ", *") + kind.endings[i];
  }
  return text;
}

/// All regular files below a folder, at most `depth` folders deep (-1: any).
std::vector<fs::path> files_below(const fs::path& folder, int depth) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
  while (!error && at != end) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) files.push_back(at->path());
    if (depth >= 0 && at.depth() >= depth) at.disable_recursion_pending();
    at.increment(error);
  }
  if (error) throw CaptureError(folder.string() + ": cannot be listed: " + error.message());
  return files;
}

/// The part of a glob before its first component with a wildcard.
fs::path literal_prefix(const fs::path& pattern) {
  fs::path prefix;
  for (const fs::path& component : pattern) {
    if (traffic::is_glob(component.string())) break;
    prefix /= component;
  }
  return prefix;
}

std::vector<fs::path> matching(const fs::path& pattern) {
  const fs::path prefix = literal_prefix(pattern);
  const fs::path folder = prefix.empty() ? fs::path(".") : prefix;
  if (!fs::is_directory(folder)) return {};
  int components = -1;
  for (auto it = pattern.begin(); it != pattern.end(); ++it) ++components;
  for (auto it = prefix.begin(); it != prefix.end(); ++it) --components;
  const bool any_depth = pattern.string().find("**") != std::string::npos;
  std::vector<fs::path> files;
  for (const fs::path& file : files_below(folder, any_depth ? -1 : components)) {
    const fs::path path = prefix.empty() ? file.lexically_relative(".") : file;
    if (traffic::glob_match(pattern.string(), path.string())) files.push_back(path);
  }
  return files;
}

std::vector<fs::path> named_by(const FileKind& kind, const std::string& pattern) {
  const fs::path path = fs::path(pattern).lexically_normal();
  std::error_code error;
  if (fs::is_directory(path, error)) {
    std::vector<fs::path> files = files_below(path, -1);
    std::erase_if(files, [&](const fs::path& file) { return !has_name_of(kind, file); });
    if (files.empty())
      throw CaptureError("no " + kind.noun + "s in " + pattern + ": looked for " + names_of(kind) +
                         ", also with .gz or .zst, in it and below");
    return files;
  }
  if (fs::exists(path, error)) return {path};
  if (!traffic::is_glob(pattern)) throw CaptureError(pattern + ": no such file or folder");
  std::vector<fs::path> files = matching(path);
  std::erase_if(files, [&](const fs::path& file) { return file.filename() == kind.except; });
  if (files.empty())
    throw CaptureError("no " + kind.noun + " matches " + pattern + " (from folder " +
                       fs::current_path().string() + ")");
  return files;
}

fs::path common_folder(const std::vector<fs::path>& files) {
  fs::path common = files.front().parent_path();
  for (const fs::path& file : files) {
    fs::path shared;
    const fs::path folder = file.parent_path();
    for (auto a = common.begin(), b = folder.begin(); a != common.end() && b != folder.end() && *a == *b;
         ++a, ++b)
      shared /= *a;
    common = shared;
  }
  return common.empty() ? "." : common;
}

}  // namespace

std::vector<fs::path> find_captures(const std::vector<std::string>& patterns) {
  return find_files(captures, patterns);
}

std::vector<fs::path> find_files(const FileKind& kind, const std::vector<std::string>& patterns) {
  std::vector<fs::path> files;
  std::set<fs::path> seen;
  for (const std::string& pattern : patterns) {
    for (fs::path& file : named_by(kind, pattern)) {
      std::error_code error;
      const fs::path canonical = fs::weakly_canonical(file, error);
      if (seen.insert(error ? file : canonical).second) files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return traffic::natural_less(a.generic_string(), b.generic_string());
  });
  return files;
}

std::vector<Recording> group_recordings(const std::vector<fs::path>& files, Grouping grouping) {
  std::vector<Recording> recordings;
  if (files.empty()) return recordings;
  if (grouping == Grouping::joined) return {{common_folder(files).generic_string(), files}};
  for (const fs::path& file : files) {
    if (grouping == Grouping::file) {
      recordings.push_back({file.generic_string(), {file}});
      continue;
    }
    const fs::path parent = file.parent_path();
    const std::string folder = parent.empty() ? "." : parent.generic_string();
    const auto known = std::find_if(recordings.begin(), recordings.end(),
                                    [&](const Recording& r) { return r.name == folder; });
    if (known == recordings.end())
      recordings.push_back({folder, {file}});
    else
      known->files.push_back(file);
  }
  return recordings;
}

}  // namespace ipet::capture
