// Runs the built `ipet` on pipeline files that a test writes.
#pragma once

#include <string>
#include <vector>

namespace program_test {

struct Outcome {
  int code = -1;  ///< exit code; -1 when the program died of a signal
  std::string out, error;
  int signal = 0;  ///< that it died of
};

/// A folder of its own for each test, gone at its end.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  /// Writes a file and gives its name.
  std::string write(const std::string& name, const std::string& text) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The folder of the toy plugins that can be loaded, and those of the bad ones.
std::string toys(const std::string& folder = "good");

/// Runs `ipet` inside `folder` without a shell.
Outcome ipet(const Folder& folder, const std::vector<std::string>& arguments);

/// The same with standard output going to the file `out`; Outcome::out stays empty.
Outcome ipet_writing_to(const std::string& out, const Folder& folder,
                        const std::vector<std::string>& arguments);

/// Runs `ipet`, sends it SIGINT once the file `marker` is in the folder, and waits for its end.
Outcome ipet_interrupted(const Folder& folder, const std::vector<std::string>& arguments,
                         const std::string& marker);

/// How a process is started, and what happens to it.
struct Setting {
  std::vector<int> closed;   ///< of descriptors 0 to 2
  std::vector<int> ignored;  ///< signals
  bool broken_pipe = false;  ///< standard output is a pipe that nobody reads
  std::vector<int> signals;  ///< sent once the file "begun" is there, 100 ms apart while it lives
  bool enough = false;       ///< makes the file "enough" after the signals
};
Outcome ipet_with(const Setting& setting, const Folder& folder, const std::vector<std::string>& arguments);

/// `ipet validate pipeline.toml --plugins (good toys)` on this text.
Outcome validate(const std::string& pipeline);

}  // namespace program_test
