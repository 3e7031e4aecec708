// The files that the options of a plan name to be read (sdk/input_path.hpp).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "pipeline/plan/plan.hpp"

namespace ipet::plan {

struct NamedInput {
  std::string owner;  ///< "stage 'capture': option 'files'"
  std::string stage;
  Place where;       ///< of the value; of the stage where it is a default
  std::string path;  ///< as resolved, not empty
  bool one_file = false;
};

/// Every input that an option of a stage, or of a component that it names, holds; without standard input
/// ("-").
std::vector<NamedInput> named_inputs(const Plan& plan, ComponentSource& source);

/// Reports inputs that are not there or cannot be opened, and gives the stages that have them. What a stage
/// of the plan makes need not be there yet. Reads no contents.
std::set<std::string> check_inputs(const Plan& plan, ComponentSource& source, Problems& problems);

/// The bytes of everything that the path names: a file, all of a folder, or what matches a pattern.
std::uintmax_t bytes_of(const std::string& path);

}  // namespace ipet::plan
