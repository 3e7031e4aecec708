// Reading texts of fixed and of variable length. For read_node.cpp and read_array.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stages/storage/handle.hpp"

namespace ipet::storage {

/// The text type to read with: the length and character set of the file, else HDF5 refuses to convert.
struct TextType {
  h5::Type type;
  bool variable = false;
  std::size_t size = 0;
  explicit TextType(const h5::Type& stored)
      : type(H5Tcopy(stored.get())),
        variable(H5Tis_variable_str(stored.get()) > 0),
        size(H5Tget_size(stored.get())) {}
};

inline std::string fixed_text(const char* bytes, std::size_t size) {
  const std::string_view whole(bytes, size);
  return std::string(whole.substr(0, whole.find('\0')));
}

/// Takes texts of variable length over and frees HDF5's.
inline std::vector<std::string> take(std::vector<char*>& pointers, const TextType& type,
                                     const h5::Space& space) {
  std::vector<std::string> out;
  out.reserve(pointers.size());
  for (const char* pointer : pointers) out.emplace_back(pointer == nullptr ? "" : pointer);
  H5Dvlen_reclaim(type.type.get(), space.get(), H5P_DEFAULT, pointers.data());
  return out;
}

}  // namespace ipet::storage
