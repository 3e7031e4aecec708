// What a result file says about the run that made it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ipet::storage {

/// Name, seed, version and `interrupted` are stored at the root of the file, all else in /provenance.
struct RunFacts {
  struct Plugin {
    std::string name, version, path, checksum;
  };
  struct Input {
    std::string path;
    std::uint64_t bytes = 0;
    std::string checksum;
  };
  struct Stage {
    std::string stage, plugin;
    double seconds = 0, cpu_seconds = 0;
    std::uint64_t peak_bytes = 0, messages = 0, items = 0;
  };
  std::string name;        ///< of the pipeline
  std::string definition;  ///< resolved TOML, with paths as they were given
  std::string command_line, version;
  std::string created;  ///< ISO 8601, UTC
  std::uint64_t seed = 0;
  bool interrupted = false;
  std::vector<Plugin> plugins;
  std::vector<Input> inputs;
  std::vector<Stage> stages;
};

}  // namespace ipet::storage
