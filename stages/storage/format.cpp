#include "stages/storage/format.hpp"

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <system_error>

#include "stages/storage/handle.hpp"

namespace ipet::storage {

int check_format(const std::filesystem::path& path) {
  const std::string shown = path.string();
  errno = 0;
  if (!std::ifstream(path).good()) throw StorageError(shown + ": " + std::generic_category().message(errno));

  const h5::Library library;
  const h5::File file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (file.get() < 0) throw StorageError(shown + ": not an HDF5 file: " + h5::last_error());
  const h5::Attribute attribute(H5Aopen(file.get(), "format_version", H5P_DEFAULT));
  if (attribute.get() < 0)
    throw StorageError(shown + ": no attribute 'format_version': not a result file of ipet");
  std::int64_t version = 0;
  if (H5Aread(attribute.get(), H5T_NATIVE_INT64, &version) < 0) h5::fail(shown, "format_version", "read");
  if (version != format_version)
    throw StorageError(shown + ": format version " + std::to_string(version) + ", but this program reads " +
                       std::to_string(format_version) + ": it was written by " +
                       (version > format_version ? "a newer ipet" : "an older ipet; run its pipeline again"));
  return static_cast<int>(version);
}

}  // namespace ipet::storage
