// The program `ipet` (pipelines/README.md "The command line"): one file per verb.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ipet::cli {

enum ExitCode {
  done = 0,
  stage_failed = 1,
  definition_wrong = 2,  ///< or the command line
  plugin_unusable = 3,
  interrupted = 130
};

/// What was given on the command line. Every verb reads the part that it knows.
struct Arguments {
  std::string command_line;  ///< as typed, for provenance
  std::vector<std::filesystem::path> plugin_folders;
  std::filesystem::path file;
  std::vector<std::string> set;
  std::optional<std::size_t> threads;
  std::optional<std::string> output;
  std::optional<std::string> until;
  std::string format;
  std::string kind;
  std::string name;
  std::string verb;  ///< of a plugin
  bool environment = false;
  bool sweep = false;
  bool all = false;
  bool fresh = false;
  std::filesystem::path trace;
};

int run(const Arguments& arguments);
int validate(const Arguments& arguments);
int plan(const Arguments& arguments);
int graph(const Arguments& arguments);
int list(const Arguments& arguments);
int inspect(const Arguments& arguments);
int doctor(const Arguments& arguments);
int schema(const Arguments& arguments);
/// The verb `new`.
int make_plugin(const Arguments& arguments);
/// A verb of a plugin (Arguments::verb).
int live(const Arguments& arguments);

/// Parses the command line and calls the verb. Gives the exit code.
int command_line(int argc, char** argv);

}  // namespace ipet::cli
