#include "stages/capture/file_search.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "stages/capture/frame.hpp"
#include "stages/capture/patience.hpp"
#include "stages/traffic/paths.hpp"

namespace ipet::capture {

namespace {

namespace fs = std::filesystem;

/// Folders where a run of ours writes, or has written until it was killed (files/staging.hpp).
constexpr std::string_view unfinished = ".ipet-tmp-";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_name_of(const FileKind& kind, const fs::path& path) {
  if (path.filename() == kind.except) return false;
  std::string name = path.filename().string();
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view packed : {".gz", ".zst", ".xz", ".bz2", ".lz4"}) {
    if (!name.ends_with(packed)) continue;
    name.resize(name.size() - packed.size());
    break;
  }
  if (kind.captures)
    while (!name.empty() && is_digit(name.back())) name.pop_back();
  return std::ranges::any_of(kind.endings, [&](const std::string& e) { return name.ends_with(e); });
}

/// Whether a file of another name begins like a capture, packed or not.
bool looks_like_a_capture(const fs::path& path) {
  try {
    std::uint8_t head[4];
    const std::size_t got = open_input(path)->read(head, sizeof head);
    return begins_like_a_capture({head, got});
  } catch (const CaptureError&) {  // nothing that could be read anyway
    return false;
  }
}

std::vector<fs::directory_entry> entries_of(const fs::path& folder, std::error_code& error) {
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    entries.push_back(*at);
  std::ranges::sort(entries, [](const fs::directory_entry& a, const fs::directory_entry& b) {
    return traffic::natural_less(a.path().filename().string(), b.path().filename().string());
  });
  return entries;
}

/// Goes through a folder and those below.
class Walk {
 public:
  /// `depth`: folders below the first one, at most; -1: any. `wanted` says whether a path is asked for.
  template <class Wanted>
  Walk(const FileKind& kind, const fs::path& folder, int depth, Wanted&& wanted) : kind_(kind) {
    go(folder, depth, wanted);
  }
  Search found;

 private:
  template <class Wanted>
  void go(const fs::path& folder, int depth, const Wanted& wanted) {
    std::error_code error;
    // Links can lead back up.
    const fs::path place = fs::canonical(folder, error);
    if (!error && !seen_.insert(place).second) return;
    const std::vector<fs::directory_entry> entries = entries_of(folder, error);
    if (error) found.left_out.push_back(folder.string() + ": cannot be listed: " + error.message());
    for (const fs::directory_entry& entry : entries) {
      if (Patience::is_over()) return;
      std::error_code ignored;
      const fs::file_status status = entry.status(ignored);
      if (entry.path().filename().string().starts_with(unfinished)) continue;
      if (fs::is_directory(status)) {
        if (depth != 0) go(entry.path(), depth < 0 ? -1 : depth - 1, wanted);
      } else if (wanted(entry.path())) {
        take(entry.path(), status);
      } else if (fs::is_regular_file(status)) {
        others_.push_back(entry.path());
      }
    }
  }

  void take(const fs::path& path, const fs::file_status& status) {
    if (fs::is_regular_file(status)) {
      found.files.push_back(path);
    } else if (fs::exists(status)) {
      found.left_out.push_back(path.string() + ": is no file; a pipe is read when it is given itself");
    } else {
      std::error_code ignored;
      found.left_out.push_back(path.string() + ": a link to " + fs::read_symlink(path, ignored).string() +
                               ", which is not there");
    }
  }

 public:
  void name_others() {
    for (const fs::path& path : others_)
      if (!Patience::is_over() && kind_.captures && looks_like_a_capture(path))
        found.left_out.push_back(path.string() + ": begins like a capture, but has no name of one (" +
                                 names_of(kind_) + "); rename it, or give it itself");
  }

 private:
  const FileKind& kind_;
  std::vector<fs::path> others_;  ///< files that are not wanted
  std::set<fs::path> seen_;
};

}  // namespace

std::string names_of(const FileKind& kind) {
  std::string text;
  for (std::size_t i = 0; i < kind.endings.size(); ++i) {
    const bool last = i + 1 == kind.endings.size();
    text += (i == 0 ? "*" : last ? " and *" : ", *") + kind.endings[i];
  }
  return text;
}

Search search_folder(const FileKind& kind, const fs::path& folder) {
  Walk walk(kind, folder, -1, [&](const fs::path& path) { return has_name_of(kind, path); });
  walk.name_others();
  return std::move(walk.found);
}

Search search_glob(const FileKind& kind, const fs::path& pattern, const fs::path& prefix) {
  const fs::path folder = prefix.empty() ? fs::path(".") : prefix;
  if (!fs::is_directory(folder)) return {};
  int components = -1;
  for (auto it = pattern.begin(); it != pattern.end(); ++it) ++components;
  for (auto it = prefix.begin(); it != prefix.end(); ++it) --components;
  const bool any_depth = pattern.string().find("**") != std::string::npos;
  const auto path_of = [&](const fs::path& path) {
    return prefix.empty() ? path.lexically_relative(".") : path;
  };
  Walk walk(kind, folder, any_depth ? -1 : components, [&](const fs::path& path) {
    return path.filename() != kind.except && traffic::glob_match(pattern.string(), path_of(path).string());
  });
  for (fs::path& path : walk.found.files) path = path_of(path);
  return std::move(walk.found);
}

}  // namespace ipet::capture
