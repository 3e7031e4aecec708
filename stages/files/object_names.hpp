// Names of captures and devices as names of HDF5 objects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ipet::storage {

/// HDF5 splits names at '/', and "." is the group itself. Percent-encoded as in RFC 3986: '/', '%', control
/// characters, a name of dots only, and all bytes >= 0x80 of a name that is not UTF-8. The empty name becomes
/// "%". decode_name gives the original; objects carry it as attribute `original_name` too where they differ.
std::string encode_name(std::string_view name);
std::string decode_name(std::string_view encoded);
/// The same, and with its first letter encoded if the result would be `reserved`.
std::string encode_name(std::string_view name, std::string_view reserved);
/// If it would be one of `reserved`.
std::string encode_name(std::string_view name, const std::vector<std::string>& reserved);

}  // namespace ipet::storage
