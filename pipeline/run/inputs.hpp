// The files that a run read. What is read twice must be the same both times, or the parts of the result would
// be of different inputs.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/sdk/context.hpp"

namespace ipet::run {

class Inputs {
 public:
  struct Reader {
    std::size_t stage = 0;
    bool again = false;  ///< the stage runs once more, to feed a later pass
  };

  /// Stands in every error of this class.
  static constexpr const char* not_the_same =
      "nothing is published, since parts of the result would be of different inputs";

  /// Reads the file for its checksum. Throws std::runtime_error naming the file, what differs and what to do
  /// when it is not what it was in an earlier reading of this run, by whichever stage; or when this stage did
  /// not read it before, though it runs again. What is no regular file (a pipe) is not noted: to read it
  /// takes it away. `between` as of checksum_file.
  void note(Reader reader, const std::filesystem::path& file, const std::function<void()>& between = {});
  /// The same with what the stage knows. Without a checksum nothing is compared.
  void note(Reader reader, InputRecord input);
  /// A stage that runs again has read all that it reads. Throws when a file of its first reading was left
  /// out.
  void end_of_reading(std::size_t stage);

  /// Sorted by path.
  [[nodiscard]] std::vector<InputRecord> records() const;
  /// "x.pcap: has changed since it was read: 1200 bytes were read, and it has 1400 now", by the stage that
  /// read it first. Told by the size alone.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::string>> changed_since() const;

 private:
  /// However the path is written.
  using File = std::filesystem::path;
  struct Input {
    InputRecord record;
    std::size_t stage = 0;
  };

  mutable std::mutex mutex_;
  std::map<File, Input> inputs_;
  std::map<std::size_t, std::set<File>> first_, again_;  ///< by stage: what it read, and in this pass again
};

}  // namespace ipet::run
