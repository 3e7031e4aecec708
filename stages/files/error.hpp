// Errors of reading and writing result files.
#pragma once

#include <stdexcept>

namespace ipet::storage {

/// "runs/x/ipet.h5: /windows/features: cannot create: (reason)". Object and action are left out where the
/// file system itself refuses: "runs/x/ipet.h5: No space left on device".
class StorageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace ipet::storage
