// Groups, attributes and datasets of a result file that is being written. Used under h5::Library only.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/storage/chunks.hpp"
#include "stages/storage/disk_file.hpp"
#include "stages/storage/handle.hpp"

namespace ipet::storage {

/// Element types that datasets and attributes are made of.
h5::Type utf8_type();                   ///< variable length
h5::Type fixed_utf8_type(std::size_t);  ///< padded with zeros
h5::Type bool_type();                   ///< h5py's: enumeration FALSE, TRUE over int8
h5::Type direction_type();              ///< enumeration out = 0, in = 1 over uint8
h5::Type protocol_type();               ///< enumeration tcp = 6, udp = 17 over uint8
h5::Type part_type();                   ///< enumeration training = 0, validation = 1, test = 2 over uint8

template <class T>
hid_t native() {
  if constexpr (std::same_as<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::same_as<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::same_as<T, std::int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::same_as<T, std::uint64_t>) return H5T_NATIVE_UINT64;
  if constexpr (std::same_as<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::same_as<T, std::uint16_t>) return H5T_NATIVE_UINT16;
}
template <class T>
concept Number = std::floating_point<T> ||(std::integral<T> && !std::same_as<T, bool>);

/// What all parts of one file share.
struct Target {
  DiskFile& disk;
  int compression;  ///< deflate level
};

/// Anything that carries attributes.
class Node {
 public:
  Node(Target& target, std::string path) : target_(&target), path_(std::move(path)) {}
  void attribute(const char* name, std::string_view text);
  void attribute(const char* name, const char* text) { attribute(name, std::string_view(text)); }
  void attribute(const char* name, const std::vector<std::string>& texts);
  void attribute(const char* name, bool value);
  template <Number T>
  void attribute(const char* name, T value) {
    scalar_attribute(name, native<T>(), &value);
  }
  /// Throws StorageError: "FILE: PATH: text".
  [[noreturn]] void refuse(const std::string& text) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 protected:
  /// Throws the disk's reason if it has one, else HDF5's.
  [[noreturn]] void fail(const std::string& action) const;
  [[nodiscard]] virtual hid_t id() const = 0;
  void scalar_attribute(const char* name, hid_t type, const void* value);
  ~Node() = default;

  Target* target_;
  std::string path_;  ///< absolute
};

struct Shape {
  std::uint64_t rows = 0;
  std::vector<std::uint64_t> row;  ///< sizes of the dimensions after the first
};

/// How a dataset is cut into chunks, and how those are packed.
struct Layout {
  h5::Dataset dataset;
  h5::Type type;
  std::vector<hsize_t> size;     ///< of the dataset
  std::uint64_t chunk_rows = 1;  ///< the other dimensions are not cut
  int compression = 0;           ///< deflate level
  [[nodiscard]] std::uint64_t row_elements() const;
};

/// A chunked, shuffled, deflated dataset whose rows are written in order. Holds a few chunks in memory.
class ArrayWriter final : public Node {
 public:
  ArrayWriter(Target& target, std::string path, Layout layout);
  ArrayWriter(ArrayWriter&&) = default;
  void append(const void* rows, std::uint64_t count);
  /// Writes what is left; throws if more or fewer rows came than were declared.
  void finish();

 private:
  [[nodiscard]] hid_t id() const override { return layout_.dataset.get(); }
  void flush();
  void write_packed();
  /// Texts of variable length are no bytes that could be packed: HDF5 has to see each.
  void write_by_hdf5();

  Layout layout_;
  std::uint64_t row_bytes_ = 0, written_ = 0;
  bool packs_ = false;
  std::vector<char> buffer_;
};

/// A dataset of 4-byte elements, most of them zero, like ArrayWriter. Its time goes with the others.
class SparseArrayWriter final : public Node {
 public:
  SparseArrayWriter(Target& target, std::string path, Layout layout);
  SparseArrayWriter(SparseArrayWriter&&) = default;
  /// One row, by its elements that are not zero, in their order.
  void append(std::span<const SparseElement> row);
  void finish();

 private:
  [[nodiscard]] hid_t id() const override { return layout_.dataset.get(); }
  void flush();
  void write_packed();
  void write_plain();

  Layout layout_;
  std::uint64_t row_elements_, written_ = 0, rows_ = 0;  ///< rows in the file, and rows waiting
  std::vector<std::vector<SparseElement>> waiting_;      ///< by chunk
};

class Group final : public Node {
 public:
  Group(Target& target, std::string path, h5::GroupId id)
      : Node(target, std::move(path)), id_(std::move(id)) {}
  /// `name` is an object name already (see names.hpp).
  Group group(const std::string& name);
  /// Encodes the name, and keeps the original as an attribute where they differ.
  Group named_group(std::string_view original, std::string_view reserved = {});
  /// Chunks hold about 256 KiB.
  ArrayWriter array(const std::string& name, h5::Type type, const Shape& shape);
  /// Of float elements, most of them zero.
  SparseArrayWriter sparse_array(const std::string& name, const Shape& shape);
  ArrayWriter named_array(std::string_view original, h5::Type type, const Shape& shape);
  template <Number T>
  ArrayWriter array(const std::string& name, const Shape& shape) {
    return array(name, h5::Type(H5Tcopy(native<T>())), shape);
  }
  /// A list of texts, UTF-8 of variable length.
  void texts(const std::string& name, const std::vector<std::string>& values);

 private:
  [[nodiscard]] hid_t id() const override { return id_.get(); }
  Layout layout(const std::string& name, h5::Type type, const Shape& shape);
  [[nodiscard]] std::string child(const std::string& name) const {
    return path_ == "/" ? "/" + name : path_ + "/" + name;
  }
  h5::GroupId id_;
};

/// "float32 [3]" of attributes and datasets whose columns are named: attributes `columns` and `units`.
void describe_columns(Node& node, const std::vector<std::string>& columns,
                      const std::vector<std::string>& units);

}  // namespace ipet::storage
