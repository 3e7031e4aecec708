// Plain text tables.
#pragma once

#include <string>
#include <vector>

namespace ipet::cli {

using Rows = std::vector<std::vector<std::string>>;

/// Columns aligned to the left, two blanks apart; columns that are empty in all rows are left out.
std::string aligned(const Rows& rows, std::size_t indent);

}  // namespace ipet::cli
