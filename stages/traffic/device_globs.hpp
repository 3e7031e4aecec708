// Which declared devices a recording can hold, by the `captures` globs of a devices file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/traffic/device_file.hpp"

namespace ipet::traffic {

/// Globs are relative to the devices file. Paths and globs are compared as they are written and with symbolic
/// links resolved: a link to a folder is the folder. A glob that ends in a folder's name stands for the files
/// in that folder.
class DeviceGlobs {
 public:
  explicit DeviceGlobs(const DeviceFile& file);

  /// A device stays if it gives no glob, or if one of its globs matches one of the paths. Positions in
  /// `file.devices`.
  [[nodiscard]] std::vector<std::size_t> devices_of(const std::vector<std::string>& paths) const;
  /// That globs are resolved against.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Pattern {
    std::string text;            ///< absolute
    bool can_be_folder = false;  ///< its last component has no wildcard
  };
  struct Patterns {
    bool any = false;  ///< no glob: any recording
    std::vector<Pattern> patterns;
  };

  std::filesystem::path folder_;
  std::vector<Patterns> devices_;
};

}  // namespace ipet::traffic
