// Folders that this process made, so that those that stay empty can go again.
#pragma once

#include <filesystem>
#include <system_error>

namespace ipet::storage {

/// Creates a folder and those above it, as far as they are missing, and notes which it made.
void make_folders(const std::filesystem::path& folder, std::error_code& error);

/// Removes the folder, and then those above it, as long as this process made them and nothing is in them.
void remove_if_made_and_empty(const std::filesystem::path& folder);

}  // namespace ipet::storage
