#include "stages/storage/handle.hpp"

#include "pipeline/text/printable.hpp"

namespace ipet::storage::h5 {

std::string last_error() {
  std::string text;
  // Walking upward meets the innermost cause first; the callers above it add nothing.
  auto first = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    auto& into = *static_cast<std::string*>(out);
    if (into.empty() && error->desc != nullptr) into = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "HDF5 gives no reason" : text;
}

void fail(const std::string& file, const std::string& object, const std::string& action) {
  std::string text = file + ": ";
  if (!object.empty()) text += text::printable(object) + ": ";
  throw StorageError(text + "cannot " + action + ": " + last_error());
}

}  // namespace ipet::storage::h5
