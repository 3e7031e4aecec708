// What earlier runs wrote into the output folder is no input of the same run, else the second run of one
// command would have other inputs than the first one.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "pipeline/sdk/context.hpp"
#include "stages/capture/recordings.hpp"

namespace ipet {

/// Whether a path is a folder or lies below it; both without links, "." and "..".
inline bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

inline std::filesystem::path place_of_input(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path place = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  return place.has_filename() ? place : place.parent_path();
}

/// Takes away the files that ipet made in the output folder of this run, unless a pattern names a place
/// within that folder: who does that wants them. Says so. `noun`: "captures". Throws std::runtime_error where
/// nothing else was found.
inline void leave_out_own_results(std::vector<capture::InputFile>& files,
                                  const std::vector<std::string>& patterns, StageContext& context,
                                  const std::string& noun) {
  if (context.output_folder().empty()) return;
  const std::filesystem::path output = place_of_input(context.output_folder());
  std::vector<std::filesystem::path> named;
  for (const std::string& pattern : patterns) {
    const std::string before = pattern.substr(0, pattern.find_first_of("*?["));
    std::filesystem::path place = place_of_input(before == pattern ? before : before + "x");
    if (before != pattern) place = place.parent_path();
    if (place != output && lies_in(place, output)) named.push_back(std::move(place));
  }
  const auto is_own = [&](const capture::InputFile& file) {
    const std::filesystem::path place = place_of_input(file.path);
    const auto holds = [&](const std::filesystem::path& folder) { return lies_in(place, folder); };
    return lies_in(place, output) && std::ranges::none_of(named, holds) &&
           context.earlier(file.path) == Earlier::made;
  };
  const auto own = std::ranges::stable_partition(files, std::not_fn(is_own));
  const auto left_out = static_cast<std::size_t>(std::ranges::distance(own));
  if (left_out == 0) return;
  const std::string what =
      own.begin()->path.string() + (left_out == 1 ? "" : " and " + std::to_string(left_out - 1) + " more") +
      ", which ipet made in the output folder of this run; to read them, name the folder that they are in";
  if (left_out == files.size()) throw std::runtime_error("there are no " + noun + " but " + what);
  context.info("left out: " + what);
  files.erase(own.begin(), own.end());
}

}  // namespace ipet
