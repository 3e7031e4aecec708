// What ships with an installed ipet: pipelines, data sets, templates.
#pragma once

#include <filesystem>
#include <string>

namespace ipet::text {

/// Where the running program's file is; "" where the system does not tell.
std::filesystem::path program_file();

/// share/ipet of the installation that the running program is of; it need not be there.
std::filesystem::path shipped_folder();

/// The path, or where it is relative and leads nowhere, that of what ships under this name: one can run
/// pipelines/quickstart.toml of an installed ipet in any folder.
std::string with_shipped(const std::string& path);

}  // namespace ipet::text
