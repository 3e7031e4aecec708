// Small tables: a group with one dataset for each column. Compounds would be shorter, but netCDF reads only
// the first letter of their texts and GNU Octave reads none.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "stages/storage/result_node.hpp"

namespace ipet::storage {

/// Columns are given whole; all have the same number of rows. Their order and units are attributes of the
/// group, `columns` and `units` ("" where a column has none). Their dimension has the scale `id` where the
/// table begins with that column, else `row`, which is made here.
class Table {
 public:
  template <Number T>
  Table& column(std::string name, std::string unit, const std::vector<T>& values) {
    return add(Kind::number, std::move(name), std::move(unit), h5::Type(H5Tcopy(native<T>())), values.data(),
               values.size());
  }
  Table& column(std::string name, std::string unit, const std::vector<std::string>& values);
  Table& column(std::string name, std::string unit, const std::vector<bool>& values);
  void write(Group& parent, const std::string& name) const;

 private:
  enum class Kind { number, text, flag };
  struct Column {
    Kind kind;
    std::string name, unit;
    h5::Type type;
    std::vector<char> bytes;
  };
  Table& add(Kind kind, std::string name, std::string unit, h5::Type type, const void* values,
             std::size_t rows);
  void write(Group& group, const Column& column) const;

  std::vector<Column> columns_;
  std::size_t rows_ = 0;
};

}  // namespace ipet::storage
