// What a shell needs to complete verbs, options and names.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace ipet::cli {

/// A script for `shell` (bash, zsh, fish), made from the verbs and options of `app`.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace ipet::cli
