// How a result gets its name: complete, or not at all. For result files of any format.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "stages/files/error.hpp"

namespace ipet::storage {

/// Keeps two writers of this process from one file (or folder): the second would replace what the first
/// wrote. Throws StorageError.
class Claim {
 public:
  explicit Claim(const std::filesystem::path& file);
  Claim& operator=(Claim&&) = delete;
  ~Claim();

 private:
  std::filesystem::path file_;
};

/// The folder of a file, "." where its path has none.
std::filesystem::path folder_of(const std::filesystem::path& file);
/// Creates the folder that `file` goes to and returns it; refuses a `file` that is a folder.
std::filesystem::path prepare_folder_of(const std::filesystem::path& file);

/// "" when `file` can be made as far as can be told beforehand, else what is in the way: a folder of that
/// name, no permission, hardly any space.
std::string obstacle_to(const std::filesystem::path& file);

/// What stays where nothing new is written: "the earlier DIR/x.csv stays", "the earlier files in DIR/plots
/// stay";
/// "" where there is nothing. `result`: a file, or a folder of files.
std::string what_stays(const std::filesystem::path& result);

/// Flushes an open file to the disk. Errors name `shown`.
void flush_to_disk(int descriptor, const std::string& shown);
/// Renames a flushed file (replacing `final`) and flushes the folder, so that the name itself survives a
/// power failure. Errors name `final`.
void give_name(const std::filesystem::path& temporary, const std::filesystem::path& final);

/// Complete and flushed files by the names that they are to get: their temporary ones, in a Staging.
using CompleteFiles = std::map<std::filesystem::path, std::filesystem::path>;
/// Gives the files of one result their names. `result` is the file itself, or the folder that holds them all.
/// A run has a publisher that waits until all results of the run are complete.
using Publisher = std::function<void(const std::filesystem::path& result, const CompleteFiles& files)>;
/// At once, file by file. Creates their folders.
void publish_at_once(const std::filesystem::path& result, const CompleteFiles& files);

}  // namespace ipet::storage
