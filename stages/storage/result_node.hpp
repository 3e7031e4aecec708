// Groups, attributes and datasets of a result file that is being written. Used under h5::Library only.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/checksum/content_hash.hpp"
#include "stages/storage/chunks.hpp"
#include "stages/storage/disk_file.hpp"
#include "stages/storage/handle.hpp"

namespace ipet::storage {

/// Element types that datasets and attributes are made of.
h5::Type utf8_type();  ///< variable length; of attributes
/// A text of so many bytes, padded with zeros. GNU Octave reads texts that are marked as ASCII only, so those
/// of other letters alone are marked as UTF-8.
h5::Type fixed_text_type(std::size_t bytes, bool ascii);
h5::Type bool_type();       ///< of format 3: h5py's, enumeration FALSE, TRUE over int8
h5::Type direction_type();  ///< of format 3: enumeration out = 0, in = 1 over uint8
h5::Type protocol_type();   ///< of format 3: enumeration tcp = 6, udp = 17 over uint8
h5::Type part_type();       ///< of format 3: enumeration training = 0, validation = 1, test = 2 over uint8

template <class T>
hid_t native() {
  if constexpr (std::same_as<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::same_as<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::same_as<T, std::int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::same_as<T, std::uint64_t>) return H5T_NATIVE_UINT64;
  if constexpr (std::same_as<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::same_as<T, std::uint16_t>) return H5T_NATIVE_UINT16;
  if constexpr (std::same_as<T, std::uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::same_as<T, std::int8_t>) return H5T_NATIVE_INT8;
}
template <class T>
concept Number = std::floating_point<T> ||(std::integral<T> && !std::same_as<T, bool>);

/// XXH3-128 of the chunks of a dataset as they are stored, in the order of its rows.
struct DatasetDigest {
  std::string path, digest;
};

/// What all parts of one file share.
struct Target {
  DiskFile& disk;
  int compression;                          ///< deflate level
  std::vector<DatasetDigest> digests = {};  ///< of all complete datasets
};

/// Anything that carries attributes.
class Node {
 public:
  Node(Target& target, std::string path) : target_(&target), path_(std::move(path)) {}
  void attribute(const char* name, std::string_view text);
  void attribute(const char* name, const char* text) { attribute(name, std::string_view(text)); }
  void attribute(const char* name, const std::vector<std::string>& texts);
  void attribute(const char* name, const std::vector<std::uint8_t>& numbers);
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
  void scalar_attribute(const char* name, hid_t type, const void* value) {
    write_attribute(name, type, value, h5::Space(H5Screate(H5S_SCALAR)));
  }
  void list_attribute(const char* name, hid_t type, const void* values, hsize_t size) {
    write_attribute(name, type, values, h5::Space(H5Screate_simple(1, &size, nullptr)));
  }
  void write_attribute(const char* name, hid_t type, const void* values, const h5::Space& space);
  ~Node() = default;

  Target* target_;
  std::string path_;  ///< absolute
};

/// What numbers of a dataset stand for. Not HDF5's enumerations, which GNU Octave and netCDF do not read.
using Flags = std::vector<std::pair<std::uint8_t, const char*>>;
inline const Flags bool_flags{{0, "false"}, {1, "true"}};

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
class DatasetWriter : public Node {
 public:
  DatasetWriter(Target& target, std::string path, Layout layout)
      : Node(target, std::move(path)), layout_(std::move(layout)) {}
  /// Writes what is left; throws if more or fewer rows came than were declared.
  void finish();

 protected:
  ~DatasetWriter() = default;
  DatasetWriter(DatasetWriter&&) = default;
  /// Writes what was appended and waits.
  virtual void flush() = 0;
  void write(std::uint64_t rows, std::size_t chunks, const PackChunk& pack);

  Layout layout_;
  std::uint64_t written_ = 0;  ///< rows

 private:
  [[nodiscard]] hid_t id() const override { return layout_.dataset.get(); }

  checksum::ContentHash hash_;
};

class ArrayWriter final : public DatasetWriter {
 public:
  ArrayWriter(Target& target, std::string path, Layout layout);
  void append(const void* rows, std::uint64_t count);

 private:
  void flush() override;

  std::uint64_t row_bytes_ = 0;
  std::vector<char> buffer_;
};

/// A dataset of 4-byte elements, most of them zero. Its time goes with the others.
class SparseArrayWriter final : public DatasetWriter {
 public:
  using DatasetWriter::DatasetWriter;
  /// One row, by its elements that are not zero, in their order.
  void append(std::span<const SparseElement> row);

 private:
  void flush() override;

  std::uint64_t rows_ = 0;                           ///< that wait
  std::vector<std::vector<SparseElement>> waiting_;  ///< by chunk
};

class Group final : public Node {
 public:
  Group(Target& target, std::string path, h5::GroupId id)
      : Node(target, std::move(path)), id_(std::move(id)) {}
  /// `name` is an object name already (see files/object_names.hpp).
  Group group(const std::string& name);
  /// Encodes the name, and keeps the original as an attribute where they differ.
  Group named_group(std::string_view original, const std::vector<std::string>& reserved = {});
  /// Chunks hold about 256 KiB.
  ArrayWriter array(const std::string& name, h5::Type type, const Shape& shape);
  /// A writer of float elements, most of them zero.
  SparseArrayWriter sparse_array(const std::string& name, const Shape& shape);
  ArrayWriter named_array(std::string_view original, const std::vector<std::string>& reserved, h5::Type type,
                          const Shape& shape);
  template <Number T>
  ArrayWriter array(const std::string& name, const Shape& shape) {
    return array(name, h5::Type(H5Tcopy(native<T>())), shape);
  }
  /// A list of numbers. No unit: null.
  template <Number T>
  void numbers(const std::string& name, const std::vector<T>& values, const char* unit = nullptr) {
    ArrayWriter writer = array<T>(name, {values.size(), {}});
    if (unit != nullptr) writer.attribute("units", unit);
    writer.append(values.data(), values.size());
    writer.finish();
  }
  /// A list of texts of the length of the longest.
  void texts(const std::string& name, const std::vector<std::string>& values);
  /// A dataset of whole numbers that stand for words.
  ArrayWriter flags(const std::string& name, std::uint64_t rows, const Flags& flags);

  // Dimensions have names and coordinates by HDF5's dimension scales, which netCDF and xarray know.
  /// Makes a list that is complete the scale of the dimension of its name, its own among them.
  void scale(const std::string& name);
  /// The scale 0, 1, 2 ...
  void index(const std::string& name, std::uint64_t size);
  /// A scale of texts.
  void names(const std::string& name, const std::vector<std::string>& values);
  /// Gives a complete dataset of this group the dimensions of these scales; paths may be absolute.
  void dimensions(const std::string& dataset, const std::vector<std::string>& scales);

 private:
  [[nodiscard]] hid_t id() const override { return id_.get(); }
  Layout layout(const std::string& name, h5::Type type, const Shape& shape);
  [[nodiscard]] std::string child(const std::string& name) const {
    return path_ == "/" ? "/" + name : path_ + "/" + name;
  }
  h5::GroupId id_;
};

/// Texts of one length, as they are stored.
class FixedTexts {
 public:
  explicit FixedTexts(const std::vector<std::string>& texts);
  [[nodiscard]] h5::Type type() const { return fixed_text_type(width_, ascii_); }
  [[nodiscard]] const std::vector<char>& bytes() const { return bytes_; }

 private:
  std::size_t width_ = 2;  ///< netCDF4 for Python runs lists of single letters together
  bool ascii_ = true;
  std::vector<char> bytes_;
};

/// CF's attributes for numbers that stand for words: flag_values, flag_meanings.
void describe_flags(Node& node, const Flags& flags);

/// "float32 [3]" of attributes and datasets whose columns are named: attributes `columns` and `units`.
void describe_columns(Node& node, const std::vector<std::string>& columns,
                      const std::vector<std::string>& units);

}  // namespace ipet::storage
