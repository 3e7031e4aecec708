// `ipet --version`.
#pragma once

#include <string>

namespace ipet::cli {

/// The version of ipet, the compiler, and the libraries that the program and its plugins were built with.
/// Loads no plugin.
std::string version_text();

}  // namespace ipet::cli
