#include "stages/capture/recordings.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/percent.hpp"
#include "pipeline/text/shell.hpp"
#include "stages/capture/byte_source.hpp"
#include "stages/traffic/paths.hpp"

namespace ipet::capture {

namespace {

namespace fs = std::filesystem;

const FileKind captures{"capture", {".pcap", ".pcapng", ".cap"}, {}, true};

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

std::vector<Found> from(const Search& search, const fs::path& root) {
  return text::mapped(search.files, [&](const fs::path& path) { return Found{path, root}; });
}

/// What a search found besides, for its error.
std::string besides(const Search& search) {
  std::string text;
  for (const std::string& each : search.left_out) text += "\n  " + each;
  return text;
}

std::vector<Found> named_by(const FileKind& kind, const std::string& pattern,
                            std::vector<std::string>& left_out) {
  if (pattern == "-") return {{"-", {}}};
  if (pattern.find_first_not_of(' ') == std::string::npos)
    throw CaptureError("'" + pattern + "' names no " + kind.noun +
                       "s: give a file, a folder, a glob, or - for standard input");
  const fs::path path = fs::path(pattern).lexically_normal();
  std::error_code error;
  const bool folder = fs::is_directory(path, error);
  if (!folder && fs::exists(path, error)) return {{path, path.parent_path()}};
  if (!folder && fs::is_symlink(path, error))
    throw CaptureError(pattern + ": a link to " + fs::read_symlink(path, error).string() +
                       ", which is not there; mend the link, or give the file that it stands for");
  if (!folder && !traffic::is_glob(pattern))
    throw CaptureError(pattern + ": no such file or folder" +
                       (path.is_absolute() ? "" : " (from folder " + fs::current_path().string() + ")") +
                       "; give a " + kind.noun + ", a folder that holds some, or a glob");
  const fs::path root = folder ? path : literal_prefix(path);
  Search search = folder ? search_folder(kind, path) : search_glob(kind, path, root);
  if (search.files.empty() && folder)
    throw CaptureError(
        "no " + kind.noun + "s in " + pattern + ": looked for " + names_of(kind) +
        ", also packed (.gz, .zst, .xz, .bz2, .lz4), in it and below; give the folder that holds them" +
        besides(search));
  if (search.files.empty())
    throw CaptureError("no " + kind.noun + " matches " + pattern + " (from folder " +
                       fs::current_path().string() + "); in quotes, a shell leaves a glob as it is" +
                       besides(search));
  left_out.insert(left_out.end(), search.left_out.begin(), search.left_out.end());
  return from(search, root);
}

std::string name_in(const Found& file) {
  if (file.path == "-") return "standard-input";
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

std::vector<InputFile> find_captures(const std::vector<std::string>& patterns,
                                     std::vector<std::string>* left_out) {
  return find_files(captures, patterns, left_out);
}

std::vector<InputFile> name_files(const std::vector<fs::path>& files) {
  std::vector<std::string> patterns = text::mapped(files, [](const fs::path& file) { return file.string(); });
  return find_files(captures, patterns);
}

std::vector<InputFile> find_files(const FileKind& kind, const std::vector<std::string>& patterns,
                                  std::vector<std::string>* left_out) {
  std::vector<InputFile> files;
  std::vector<Found> places;
  std::set<fs::path> seen;
  std::vector<std::string> besides;
  std::string wrong;  // of all entries at once
  for (std::size_t entry = 0; entry < patterns.size(); ++entry) {
    std::vector<Found> found;
    try {
      const std::optional<std::string> pattern = text::with_home(patterns[entry]);
      if (!pattern) throw CaptureError(patterns[entry] + ": " + text::home_fault(patterns[entry]));
      found = named_by(kind, *pattern, besides);
    } catch (const CaptureError& error) {
      wrong += (wrong.empty() ? "" : "\n") + std::string(error.what());
    }
    for (Found& file : found) {
      std::error_code error;
      const fs::path canonical = fs::weakly_canonical(file.path, error);
      if (!seen.insert(error ? file.path : canonical).second) continue;
      files.push_back({file.path, name_in(file), entry});
      places.push_back(std::move(file));
    }
  }
  if (!wrong.empty()) throw CaptureError(wrong);
  if (left_out != nullptr) *left_out = std::move(besides);
  make_unique(files, places);
  for (InputFile& file : files) file.name = text::percent_encoded(file.name);
  std::ranges::sort(files, name_less);
  return files;
}

namespace {

/// No capture is older: a clock that says so was never set.
constexpr traffic::Nanoseconds first_captures = 3652 * traffic::day;  // 1980

/// A clock that was never set tells nothing of the order beside one that was.
void forget_unset(std::vector<InputFile>& files) {
  const auto is_set = [](const InputFile& file) { return file.first && *file.first >= first_captures; };
  if (!std::ranges::any_of(files, is_set)) return;
  for (InputFile& file : files)
    if (!is_set(file)) file.first.reset();
}

/// In the order of the entries; those whose first packets are known, in the order of these among themselves.
std::vector<fs::path> in_order(std::vector<InputFile> files) {
  std::ranges::stable_sort(files, {}, &InputFile::entry);
  forget_unset(files);
  std::vector<InputFile> timed;
  for (const InputFile& file : files)
    if (file.first) timed.push_back(file);
  std::ranges::stable_sort(timed, {}, &InputFile::first);
  std::vector<fs::path> paths;
  std::size_t next = 0;
  for (const InputFile& file : files) paths.push_back(file.first ? timed[next++].path : file.path);
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
    recordings.push_back({wanted[name] > 1 ? of.front().name : name, in_order(of)});
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
  if (grouping == Grouping::joined) return {{files.front().name, in_order(files)}};
  return text::mapped(files, [](const InputFile& file) { return Recording{file.name, {file.path}}; });
}

}  // namespace ipet::capture
