// A look at captures before any is read.
#pragma once

#include <string>
#include <vector>

#include "stages/capture/recordings.hpp"

namespace ipet::capture {

struct Inspection {
  std::vector<InputFile> good;  ///< with the times of their first packets
  std::vector<std::string>
      bad;  ///< "x.pcap: empty file, not a capture", one per file of which nothing can be read
};

/// Looks at the beginning of each file but those that can be read once only, which are taken for good. Throws
/// ReadError when the system cannot read.
Inspection inspect(std::vector<InputFile> files);

/// "2 of 3 captures cannot be read:" and a line for each; of a single one its own text.
std::string text_of_bad(const Inspection& inspection);

}  // namespace ipet::capture
