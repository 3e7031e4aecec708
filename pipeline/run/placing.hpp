// Gives results their names beside what earlier runs left, and keeps the record of it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/run/made_files.hpp"

namespace ipet::run {

/// What a stage hands over. Paths are plain (plain_path) but for `shown`.
struct ResultFiles {
  std::size_t stage = 0;
  std::string definition;        ///< hash of what decides the result, but for the inputs
  std::filesystem::path shown;   ///< the result as the user named it
  std::filesystem::path result;  ///< a file, or the folder of `files`
  std::filesystem::path home;    ///< the folder whose record knows the result; above it
  CompleteFiles files;
};

struct PlacingFacts {
  std::string inputs;  ///< hash
  bool interrupted = false;
  /// Files of a stage that later ones read. An earlier file counts as the same when its content is.
  bool at_once = false;
  std::function<bool(const std::filesystem::path&)> is_input;
};

struct Placed {
  std::vector<std::pair<std::size_t, std::string>> infos;  ///< stage and sentence
  std::vector<bool> is_new;  ///< by result: not the bytes that were there anyway
  std::string in_the_way;    ///< results that stand beside their names, and why; "" if none
  std::string unsafe;        ///< what a power failure may cost; "" if nothing
};

/// All results or none. One whose earlier files were made from the same definition and inputs replaces them;
/// others are kept as RESULT.1, RESULT.2 ... but for one that is kept under such a name already: the same
/// bytes, or complete and of the same definition and inputs. What ipet did not make, and what was changed
/// since, is left where it is, and the new result goes to RESULT.new. A complete result replaces the part
/// that an interrupted run of the same definition left beside it, in RESULT.interrupted. Everything that is
/// going to happen is in the record first, so that the next run can finish what a killed one began. Throws
/// std::runtime_error naming the file.
Placed place_results(const std::vector<ResultFiles>& results, const PlacingFacts& facts);

/// Finishes what a killed run had begun in this folder, if anything.
void finish_killed_placing(const std::filesystem::path& home);

/// Files that the record counts to a result. They may be changed or gone by now.
std::vector<std::filesystem::path> recorded_files(const MadeFiles& record,
                                                  const std::filesystem::path& result);

/// What a file of `result` is called when the result is called `other`.
std::filesystem::path renamed_with(const std::filesystem::path& file, const std::filesystem::path& result,
                                   const std::filesystem::path& other);

}  // namespace ipet::run
