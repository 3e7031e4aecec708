#include "stages/traffic/device_globs.hpp"

#include <algorithm>

#include "stages/traffic/paths.hpp"

namespace ipet::traffic {

namespace {

namespace fs = std::filesystem;

std::string clean(const fs::path& path) {
  std::string text = path.lexically_normal().string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  return error ? path : real;
}

/// A glob as it is written, and with the links resolved in its folders before the first wildcard.
std::vector<std::string> patterns_of(const fs::path& folder, const std::string& glob) {
  const fs::path path(glob);
  const fs::path from = path.is_absolute() ? path.root_path() : folder;
  fs::path literal = from, rest;
  for (const fs::path& component : path.relative_path()) {
    const bool plain = !is_glob(component.string()) && component.string().find('\\') == std::string::npos;
    if (rest.empty() && plain)
      literal /= component;
    else
      rest /= component;
  }
  const auto pattern = [&](const fs::path& begin) {
    const fs::path escaped = glob_escape(clean(begin));
    return clean(rest.empty() ? escaped : escaped / rest);
  };
  return {pattern(literal), pattern(resolved(literal))};
}

/// A path and its folder as they are written and with links resolved.
struct Forms {
  std::vector<std::string> files, folders;

  void add(const std::string& path) {
    const fs::path absolute = clean(fs::absolute(path)), folder = absolute.parent_path();
    const fs::path real = resolved(absolute), real_folder = resolved(folder);
    for (const fs::path& form : {absolute, real, real_folder / absolute.filename()})
      files.push_back(form.string());
    for (const fs::path& form : {folder, real.parent_path(), real_folder}) folders.push_back(form.string());
  }
};

}  // namespace

DeviceGlobs::DeviceGlobs(const DeviceFile& file) {
  const fs::path folder = file.path.parent_path();
  folder_ = clean(fs::absolute(folder.empty() ? "." : folder));
  for (const Device& device : file.devices) {
    Patterns& patterns = devices_.emplace_back();
    patterns.any = device.captures.empty();
    for (const std::string& glob : device.captures) {
      const bool can_be_folder = !is_glob(fs::path(clean(glob)).filename().string());
      for (std::string& text : patterns_of(folder_, glob))
        patterns.patterns.push_back({std::move(text), can_be_folder});
    }
  }
}

std::vector<std::size_t> DeviceGlobs::devices_of(const std::vector<std::string>& paths) const {
  Forms forms;
  if (!std::ranges::all_of(devices_, &Patterns::any)) {
    for (const std::string& path : paths) forms.add(path);
  }
  const auto matches = [&](const Pattern& pattern) {
    const auto is_form = [&](const std::string& form) { return glob_match(pattern.text, form); };
    return std::ranges::any_of(forms.files, is_form) ||
           (pattern.can_be_folder && std::ranges::any_of(forms.folders, is_form));
  };
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    if (devices_[i].any || std::ranges::any_of(devices_[i].patterns, matches)) positions.push_back(i);
  }
  return positions;
}

}  // namespace ipet::traffic
