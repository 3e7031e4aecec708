// What the two toy plugins export.
#pragma once

#include <filesystem>
#include <memory>

#include "stages/traffic/traces.hpp"

namespace process_test {

struct Asks {
  /// defence::Pool::of; it lives as long as somebody keeps it.
  std::shared_ptr<const void> (*pool)(const std::shared_ptr<const ipet::traffic::Traces>&);
  /// The lock of the HDF5 library.
  const void* (*hdf5_lock)();
  /// storage::Claim, for good; false when another one has the file.
  bool (*claim)(const std::filesystem::path&);
  /// A variable of the plugin, which is no other's.
  const void* own;
};

}  // namespace process_test
