// [stages.ID]: framework keys, inputs and options of each stage.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"

namespace ipet::definition {

/// Reads `stages` of a resolved file, in its order.
std::vector<StageDefinition> read_stages(const Value& root, const std::filesystem::path& file,
                                         Problems& problems);

/// "no key 'x' in [run]", with the nearest of the known keys.
Problem unknown_key(const Entry& entry, const std::string& owner, const std::vector<std::string>& known);

/// Small letters, digits and _, beginning with a letter: ids, ports and parameters.
bool is_name(const std::string& text);

/// Whether `where` is one of the places.
bool is_at(const std::vector<Place>& places, const Place& where);

}  // namespace ipet::definition
