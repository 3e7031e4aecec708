// Which files ipet made: so that it replaces those, and no others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/sdk/context.hpp"
#include "pipeline/text/next_step.hpp"

namespace ipet::run {

/// One file as it was when ipet made it.
struct MadeFile {
  std::uint64_t bytes = 0;
  std::int64_t modified = 0;  ///< ns since 1970
  std::uint64_t inode = 0;
  std::string checksum;    ///< XXH3-128, hexadecimal
  std::string definition;  ///< hash of the definition
  std::string inputs;      ///< hash of what was read; empty: not known when it was made
  bool interrupted = false;
  std::string result;  ///< that it is part of, relative to the record's folder: itself, or a folder
};

/// A file that is about to get its name. Paths are relative to the record's folder.
struct Renaming {
  std::string from, to;
  std::string kept;  ///< the name that an earlier file `to` gets; empty: it is replaced
};

/// The record of one folder, in the file .ipet-made.json: JSON with {"files": {NAME: [MadeFile ...]},
/// "renaming": [Renaming ...]}. Names are relative to the folder. A name has several entries when a run was
/// killed while it published: the file is one of them.
class MadeFiles {
 public:
  /// Empty where there is no record. Throws std::runtime_error naming the file when it is damaged.
  explicit MadeFiles(std::filesystem::path folder);

  [[nodiscard]] static std::filesystem::path file_of(const std::filesystem::path& folder) {
    return folder / ".ipet-made.json";
  }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Replaces the record as a whole and flushes it; one that says nothing is removed. The folder's lock must
  /// be held.
  void write() const;
  /// Finishes what a killed run had begun to rename. The folder's lock must be held. True when there was
  /// something.
  bool finish_renaming();
  /// Forgets files that are no more.
  void forget_missing();

  std::map<std::string, std::vector<MadeFile>> files;
  std::vector<Renaming> renaming;

 private:
  std::filesystem::path folder_;
};

/// Whether there is anything of this name, be it a link that leads nowhere.
bool is_there(const std::filesystem::path& file);
/// The path without "." and "..", and without links in its folders; a link at its end stays.
std::filesystem::path plain_path(const std::filesystem::path& file);
/// Writes a text to an open file and flushes it. Throws std::system_error naming `shown`.
void write_whole(int descriptor, std::string_view text, const std::filesystem::path& shown);
/// Throws std::runtime_error, naming `shown`, unless a file that is this may be replaced. `else_do` ends the
/// advice "move it away, or".
void check_replaceable(const std::filesystem::path& shown, Earlier what,
                       const char* else_do = text::write_elsewhere);
/// Size, time and inode of a file, without the rest. Nothing when there is no regular file of that name.
std::optional<MadeFile> stat_file(const std::filesystem::path& file);

struct Standing {
  Earlier what = Earlier::nothing;
  MadeFile made;                 ///< when it is
  std::filesystem::path record;  ///< the folder of the record that knows it
};
/// Compares files with the records of their folders and of those above, each read once.
class Records {
 public:
  /// The content is read only where size, time or inode differ from what was recorded.
  [[nodiscard]] Standing standing_of(const std::filesystem::path& file);
  /// For a record that was changed.
  void forget() { records_.clear(); }

 private:
  const MadeFiles* record_in(const std::filesystem::path& folder);
  std::map<std::filesystem::path, std::optional<MadeFiles>> records_;
};

}  // namespace ipet::run
