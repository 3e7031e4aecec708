// Groups, attributes and datasets of a result file that is being read. Used under h5::Library only, handles
// closed under it too. What a file says of itself is never trusted: a damaged or hostile one gives a
// StorageError, "FILE: /path: what is wrong".
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "stages/storage/open_file.hpp"
#include "stages/storage/result_node.hpp"

namespace ipet::storage {

/// What all parts of one open file share.
struct Source {
  std::filesystem::path path;
  std::string shown;  ///< the file's name in messages
  FileIdentity identity;
  h5::File file;
  bool sealed = false;                         ///< its structure is as ipet wrote it
  Warn warn;                                   ///< may be empty
  std::function<void()> while_waiting;         ///< may be empty (Walker)
  std::map<std::string, std::string> digests;  ///< of datasets, by path; checked ones are taken out

  /// Throws StorageError when the file under this name is not the one that was opened, as it was then.
  void check_unchanged() const;
  /// Checks the stored bytes of a dataset when they are first read. Where the structure is as ipet wrote it,
  /// the disk damaged them: StorageError. Else they may have been edited too: a warning.
  void check_digest(const std::string& dataset_path, hid_t dataset);
};

/// Anything that carries attributes.
class ReadNode {
 public:
  [[nodiscard]] bool has_attribute(const char* name) const { return H5Aexists(id(), name) > 0; }
  [[nodiscard]] std::string text(const char* name) const;
  [[nodiscard]] std::vector<std::string> texts(const char* name) const;
  [[nodiscard]] bool flag(const char* name) const;
  /// Refuses what T cannot hold: a negative count, a fraction, more than its largest.
  template <Number T>
  [[nodiscard]] T number(const char* name) const {
    if constexpr (std::floating_point<T>) {
      return static_cast<T>(real(name));
    } else {
      const Integer value = integer(name);
      if (value.negative ? !std::in_range<T>(value.low) : !std::in_range<T>(value.high))
        refuse_attribute(name, "does not fit: " +
                                   (value.negative ? std::to_string(value.low) : std::to_string(value.high)));
      return value.negative ? static_cast<T>(value.low) : static_cast<T>(value.high);
    }
  }
  /// Throws StorageError: "FILE: PATH: text".
  [[noreturn]] void refuse(const std::string& text) const;
  [[noreturn]] void refuse_attribute(const char* name, const std::string& text) const {
    refuse("attribute '" + std::string(name) + "' " + text);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Throws as Source::check_unchanged does.
  void check_unchanged() const { source_->check_unchanged(); }

 protected:
  ReadNode(std::shared_ptr<Source> source, std::string path)
      : source_(std::move(source)), path_(std::move(path)) {}
  [[nodiscard]] virtual hid_t id() const = 0;
  /// Throws StorageError: that the file changed, or else HDF5's reason.
  [[noreturn]] void fail(const std::string& action) const;
  ~ReadNode() = default;

  std::shared_ptr<Source> source_;
  std::string path_;  ///< absolute

 private:
  struct Integer {
    bool negative = false;
    std::int64_t low = 0;    ///< the value when negative
    std::uint64_t high = 0;  ///< else
  };
  [[nodiscard]] Integer integer(const char* name) const;
  [[nodiscard]] double real(const char* name) const;
  [[nodiscard]] h5::Attribute open_attribute(const char* name) const;
};

/// A dataset. Rows are the first dimension.
class ReadArray final : public ReadNode {
 public:
  ReadArray(std::shared_ptr<Source> source, std::string path, h5::Dataset dataset);
  ReadArray(ReadArray&&) = default;

  [[nodiscard]] const std::vector<std::uint64_t>& shape() const { return shape_; }
  [[nodiscard]] std::uint64_t rows() const { return shape_.empty() ? 1 : shape_[0]; }
  /// Rows that HDF5 decodes at once; all rows of a dataset that is not chunked.
  [[nodiscard]] std::uint64_t chunk_rows() const { return chunk_rows_; }
  /// Refuses any other shape.
  void expect_shape(const std::vector<std::uint64_t>& shape) const;
  /// Refuses another shape of one row (the dimensions after the first).
  void expect_rows_of(const std::vector<std::uint64_t>& row) const;
  /// The whole dataset, or rows first .. first + count - 1. Refuses element types that T does not hold.
  template <Number T>
  [[nodiscard]] std::vector<T> read() const {
    return read<T>(0, rows());
  }
  template <Number T>
  [[nodiscard]] std::vector<T> read(std::uint64_t first, std::uint64_t count) const {
    expect_number(native<T>());
    std::vector<T> values(static_cast<std::size_t>(checked_elements(first, count, sizeof(T))));
    read_rows(first, count, native<T>(), values.data());
    return values;
  }
  /// The whole dataset of bytes; of format 3 an enumeration, of which any other than `wanted` is refused.
  [[nodiscard]] std::vector<std::uint8_t> enumeration(const h5::Type& wanted) const;
  /// A list of texts, or one column of a table that holds texts.
  [[nodiscard]] std::vector<std::string> texts() const;

  // Tables: one compound element a row. Those of format 3.
  [[nodiscard]] bool has_column(const char* name) const;
  template <Number T>
  [[nodiscard]] std::vector<T> column(const char* name) const {
    expect_number_column(name, native<T>());
    std::vector<T> values(static_cast<std::size_t>(checked_elements(0, rows(), sizeof(T))));
    read_column(name, native<T>(), sizeof(T), values.data());
    return values;
  }
  [[nodiscard]] std::vector<std::string> text_column(const char* name) const;
  /// False and true as bool_type() has them.
  [[nodiscard]] std::vector<bool> flag_column(const char* name) const;
  /// Reads rows as `type`, a compound whose members the table must have with types that fit.
  template <class Row>
  [[nodiscard]] std::vector<Row> records(const h5::Type& type, std::uint64_t first,
                                         std::uint64_t count) const {
    expect_table(type);
    std::vector<Row> out(static_cast<std::size_t>(checked_elements(first, count, sizeof(Row))));
    read_rows(first, count, type.get(), out.data());
    return out;
  }

 private:
  [[nodiscard]] hid_t id() const override { return dataset_.get(); }
  void check_columns() const;
  void expect_number(hid_t wanted) const;
  void expect_number_column(const char* name, hid_t wanted) const;
  void expect_enumeration(const char* name, const h5::Type& wanted) const;
  void expect_table(const h5::Type& wanted) const;
  [[nodiscard]] h5::Type column_type(const char* name) const;
  void read_column(const char* name, hid_t type, std::size_t size, void* out) const;
  [[nodiscard]] std::vector<std::string> read_texts(const h5::Type& stored, const char* column) const;
  /// Elements of these rows; refuses rows that are not there, and datasets that claim more than the file can
  /// hold.
  [[nodiscard]] std::uint64_t checked_elements(std::uint64_t first, std::uint64_t count,
                                               std::size_t element) const;
  void read_rows(std::uint64_t first, std::uint64_t count, hid_t type, void* out) const;

  h5::Dataset dataset_;
  h5::Type type_;
  std::vector<std::uint64_t> shape_;
  std::uint64_t chunk_rows_ = 1;
  /// Bytes of it in the file. HDF5 adds up all chunks, which no read of some rows should wait for.
  mutable std::optional<std::uint64_t> stored_;
};

class ReadGroup final : public ReadNode {
 public:
  ReadGroup(std::shared_ptr<Source> source, std::string path, h5::GroupId group)
      : ReadNode(std::move(source), std::move(path)), id_(std::move(group)) {}

  /// Names of what is in it, as the file has them, sorted.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The same, decoded (files/object_names.hpp).
  [[nodiscard]] std::vector<std::string> original_names() const;
  /// `name` is an object name (encoded) of a direct child.
  [[nodiscard]] bool has(const std::string& name) const {
    return H5Lexists(id_.get(), name.c_str(), H5P_DEFAULT) > 0;
  }
  [[nodiscard]] ReadGroup group(const std::string& name) const;
  [[nodiscard]] ReadArray array(const std::string& name) const;
  [[nodiscard]] class ReadTable table(const std::string& name) const;
  /// Throws "FILE: /path/name: missing; hint".
  [[noreturn]] void group_missing(const std::string& name, const std::string& hint) const;

 private:
  [[nodiscard]] hid_t id() const override { return id_.get(); }
  [[nodiscard]] std::string child(const std::string& name) const {
    return path_ == "/" ? "/" + name : path_ + "/" + name;
  }
  /// Refuses when there is none; tells whether it is a dataset.
  [[nodiscard]] bool is_dataset(const std::string& name) const;

  h5::GroupId id_;
};

/// A table: a group with a dataset for each column, all of one length; in format 3 one dataset of compounds.
class ReadTable {
 public:
  explicit ReadTable(ReadGroup group) : source_(std::move(group)) {}
  explicit ReadTable(ReadArray rows) : source_(std::move(rows)) {}

  template <Number T>
  [[nodiscard]] std::vector<T> column(const char* name) const {
    if (compound() != nullptr) return compound()->column<T>(name);
    return array(name).template read<T>();
  }
  /// Some rows of a column of a group.
  template <Number T>
  [[nodiscard]] std::vector<T> column(const char* name, std::uint64_t first, std::uint64_t count) const {
    return array(name).template read<T>(first, count);
  }
  /// How many there are, by this column.
  [[nodiscard]] std::uint64_t rows(const char* name) const;
  /// The one dataset of format 3, else null.
  [[nodiscard]] const ReadArray* compound() const { return std::get_if<ReadArray>(&source_); }
  [[nodiscard]] std::vector<std::string> text_column(const char* name) const;
  [[nodiscard]] std::vector<bool> flag_column(const char* name) const;
  /// Throws StorageError: "FILE: PATH: text".
  [[noreturn]] void refuse(const std::string& text) const;

 private:
  /// Refuses one of another length than those before.
  [[nodiscard]] const ReadArray& array(const char* name) const;

  std::variant<ReadGroup, ReadArray> source_;
  /// Datasets that were read stay open: HDF5 keeps their last chunks decoded.
  mutable std::map<std::string, ReadArray> open_;
};

/// The root of a result file, which open_guarded opened. Throws as check_format does. Warns when the file is
/// not as ipet wrote it. `while_waiting` as in Walker.
ReadGroup root_of(const std::filesystem::path& file, OpenFile opened, const Warn& warn,
                  const std::function<void()>& while_waiting);

}  // namespace ipet::storage
