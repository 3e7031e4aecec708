// What `--help` says beside the options, and what a wrong command line is answered with.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace ipet::cli {

/// Examples, exit codes, environment variables.
std::string help_footer();
/// Examples of one verb.
std::string verb_footer(const std::string& verb);

/// The same of a verb that runs a file live.
std::string live_footer(const std::string& verb);

/// The whole message for a command line that cannot be understood: what is wrong, and what was probably
/// meant. `words` are those after the program's name.
std::string explain(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words);

/// The message for an option that has another one in the place of its value, as in `--output --set`; "" where
/// none has. CLI11 would take that as the value.
std::string missing_value(const CLI::App& app, const std::vector<std::string>& words);

/// The message of a verb that has no pipeline file. `given` is what it has in its place, if anything.
std::string no_file(const std::string& verb, const std::string& given = {});

/// The message for a value that is none of `choices`, as CLI::IsMember but with the nearest one.
CLI::Validator one_of(std::vector<std::string> choices);

}  // namespace ipet::cli
