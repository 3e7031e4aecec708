// Handles of the HDF5 C API that close themselves, its lock and its error messages.
#pragma once

#include <mutex>
#include <string>
#include <utility>

#include <hdf5.h>

#include "stages/files/error.hpp"
#include "stages/process/one.hpp"

namespace ipet::storage::h5 {

/// The HDF5 library is not thread-safe: every call into it happens under this lock, and while a Library
/// lives. All plugins have the same one.
inline std::recursive_mutex& library_mutex() {
  static auto& mutex = process::one<std::recursive_mutex>("storage.hdf5");
  return mutex;
}

/// Holds the lock and turns off HDF5's printing of errors.
class Library {
 public:
  Library() : lock_(library_mutex()) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

 private:
  std::lock_guard<std::recursive_mutex> lock_;
};

/// Owns one identifier. Closing in the destructor ignores errors; where they matter, call close().
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() { (void)close(); }

  [[nodiscard]] hid_t get() const { return id_; }
  /// False when HDF5 refused.
  [[nodiscard]] bool close() { return id_ < 0 || Close(std::exchange(id_, H5I_INVALID_HID)) >= 0; }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

using File = Handle<H5Fclose>;
using GroupId = Handle<H5Gclose>;
using Object = Handle<H5Oclose>;
using Dataset = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using Attribute = Handle<H5Aclose>;
using PropertyList = Handle<H5Pclose>;

/// What the library says about its last failure, from the innermost cause; empties its error stack.
std::string last_error();

/// Throws StorageError: "FILE: OBJECT: cannot ACTION: last_error()".
[[noreturn]] void fail(const std::string& file, const std::string& object, const std::string& action);

}  // namespace ipet::storage::h5
