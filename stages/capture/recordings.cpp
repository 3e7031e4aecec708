#include "stages/capture/recordings.hpp"

#include <algorithm>
#include <map>
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

/// A file, and the folder that its name starts at.
struct Found {
  fs::path path, root;
};

std::vector<Found> matching(const fs::path& pattern) {
  const fs::path prefix = literal_prefix(pattern);
  const fs::path folder = prefix.empty() ? fs::path(".") : prefix;
  if (!fs::is_directory(folder)) return {};
  int components = -1;
  for (auto it = pattern.begin(); it != pattern.end(); ++it) ++components;
  for (auto it = prefix.begin(); it != prefix.end(); ++it) --components;
  const bool any_depth = pattern.string().find("**") != std::string::npos;
  std::vector<Found> files;
  for (const fs::path& file : files_below(folder, any_depth ? -1 : components)) {
    const fs::path path = prefix.empty() ? file.lexically_relative(".") : file;
    if (traffic::glob_match(pattern.string(), path.string())) files.push_back({path, prefix});
  }
  return files;
}

std::vector<Found> named_by(const FileKind& kind, const std::string& pattern) {
  const fs::path path = fs::path(pattern).lexically_normal();
  std::error_code error;
  if (fs::is_directory(path, error)) {
    std::vector<Found> files;
    for (const fs::path& file : files_below(path, -1))
      if (has_name_of(kind, file)) files.push_back({file, path});
    if (files.empty())
      throw CaptureError("no " + kind.noun + "s in " + pattern + ": looked for " + names_of(kind) +
                         ", also with .gz or .zst, in it and below");
    return files;
  }
  if (fs::exists(path, error)) return {{path, path.parent_path()}};
  if (!traffic::is_glob(pattern)) throw CaptureError(pattern + ": no such file or folder");
  std::vector<Found> files = matching(path);
  std::erase_if(files, [&](const Found& file) { return file.path.filename() == kind.except; });
  if (files.empty())
    throw CaptureError("no " + kind.noun + " matches " + pattern + " (from folder " +
                       fs::current_path().string() + ")");
  return files;
}

std::string name_in(const Found& file) {
  return (file.root.empty() ? file.path : file.path.lexically_relative(file.root)).generic_string();
}

bool name_less(const InputFile& a, const InputFile& b) {
  return traffic::natural_less(a.name, b.name);
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
  return common;
}

/// Files of different entries can have one name: then all names start at the folder that holds all files.
void make_unique(std::vector<InputFile>& files, const std::vector<Found>& found) {
  std::set<std::string> names;
  for (const InputFile& file : files) names.insert(file.name);
  if (names.size() == files.size()) return;
  std::vector<fs::path> places;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code error;
    const fs::path root = found[i].root.empty() ? fs::path(".") : found[i].root;
    places.push_back(fs::weakly_canonical(root, error) / files[i].name);
  }
  const fs::path common = common_folder(places);
  for (std::size_t i = 0; i < files.size(); ++i)
    files[i].name = places[i].lexically_relative(common).generic_string();
}

}  // namespace

std::vector<InputFile> find_captures(const std::vector<std::string>& patterns) {
  return find_files(captures, patterns);
}

std::vector<InputFile> name_files(const std::vector<fs::path>& files) {
  std::vector<std::string> patterns;
  for (const fs::path& file : files) patterns.push_back(file.string());
  return find_files(captures, patterns);
}

std::vector<InputFile> find_files(const FileKind& kind, const std::vector<std::string>& patterns) {
  std::vector<InputFile> files;
  std::vector<Found> places;
  std::set<fs::path> seen;
  for (std::size_t entry = 0; entry < patterns.size(); ++entry) {
    std::vector<Found> found = named_by(kind, patterns[entry]);
    // Of several links to one file, the same one is taken everywhere.
    std::ranges::sort(found, [](const Found& a, const Found& b) {
      return traffic::natural_less(a.path.generic_string(), b.path.generic_string());
    });
    for (Found& file : found) {
      std::error_code error;
      const fs::path canonical = fs::weakly_canonical(file.path, error);
      if (!seen.insert(error ? file.path : canonical).second) continue;
      files.push_back({file.path, name_in(file), entry});
      places.push_back(std::move(file));
    }
  }
  make_unique(files, places);
  std::ranges::sort(files, name_less);
  return files;
}

namespace {

std::vector<fs::path> in_order_of_entries(std::vector<InputFile> files) {
  std::ranges::stable_sort(files, {}, &InputFile::entry);
  std::vector<fs::path> paths;
  for (InputFile& file : files) paths.push_back(std::move(file.path));
  return paths;
}

/// The files of each folder, by the folder.
std::map<fs::path, std::vector<InputFile>> by_folder(const std::vector<InputFile>& files) {
  std::map<fs::path, std::vector<InputFile>> folders;
  for (const InputFile& file : files) {
    std::error_code error;
    const fs::path folder = file.path.parent_path();
    folders[fs::weakly_canonical(folder.empty() ? fs::path(".") : folder, error)].push_back(file);
  }
  return folders;
}

std::vector<Recording> of_folders(const std::vector<InputFile>& files) {
  const auto folders = by_folder(files);
  std::map<std::string, std::size_t> wanted;
  const auto name_of = [](const std::vector<InputFile>& of) {
    const std::string folder = fs::path(of.front().name).parent_path().generic_string();
    return folder.empty() ? of.front().name : folder;
  };
  for (const auto& [path, of] : folders) ++wanted[name_of(of)];
  std::vector<Recording> recordings;
  for (const auto& [path, of] : folders) {
    const std::string name = name_of(of);
    recordings.push_back({wanted[name] > 1 ? of.front().name : name, in_order_of_entries(of)});
  }
  std::ranges::sort(recordings, [](const Recording& a, const Recording& b) {
    return traffic::natural_less(a.name, b.name);
  });
  return recordings;
}

}  // namespace

std::vector<Recording> group_recordings(const std::vector<InputFile>& files, Grouping grouping) {
  if (files.empty()) return {};
  if (grouping == Grouping::folder) return of_folders(files);
  if (grouping == Grouping::joined) return {{files.front().name, in_order_of_entries(files)}};
  std::vector<Recording> recordings;
  for (const InputFile& file : files) recordings.push_back({file.name, {file.path}});
  return recordings;
}

}  // namespace ipet::capture
