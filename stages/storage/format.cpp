#include "stages/storage/format.hpp"

#include <cstdint>

#include "stages/storage/open_file.hpp"

namespace ipet::storage {

int version_of(const OpenFile& opened, const std::string& shown) {
  const h5::Library library;
  const h5::Attribute attribute(H5Aopen(opened.file.get(), "format_version", H5P_DEFAULT));
  if (attribute.get() < 0)
    throw StorageError(shown + ": no attribute 'format_version': not a result file of ipet");
  const h5::Type type(H5Aget_type(attribute.get()));
  const h5::Space space(H5Aget_space(attribute.get()));
  std::int64_t version = 0;
  if (H5Tget_class(type.get()) != H5T_INTEGER || H5Sget_simple_extent_npoints(space.get()) != 1 ||
      H5Aread(attribute.get(), H5T_NATIVE_INT64, &version) < 0)
    throw StorageError(shown + ": attribute 'format_version' is not a whole number");
  if (version < oldest_format_version || version > format_version)
    throw StorageError(shown + ": format version " + std::to_string(version) + ", but this program reads " +
                       std::to_string(oldest_format_version) + " and " + std::to_string(format_version) +
                       ": it was written by " +
                       (version > format_version ? "a newer ipet" : "an older ipet; run its pipeline again"));
  return static_cast<int>(version);
}

int check_format(const std::filesystem::path& path) {
  OpenFile opened = open_guarded(path);
  const h5::Library library;
  const OpenFile closed_first = std::move(opened);  // under the lock
  return version_of(closed_first, path.string());
}

}  // namespace ipet::storage
