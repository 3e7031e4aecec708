// Small tables: one compound dataset, one named column after another.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "stages/storage/node.hpp"

namespace ipet::storage {

/// Columns are given whole; all have the same number of rows. Texts become fixed-length UTF-8, as long as the
/// longest one of the column. Units are kept in attribute `units`, in the order of `columns`; "" where a
/// column has none.
class Table {
 public:
  template <Number T>
  Table& column(std::string name, std::string unit, const std::vector<T>& values) {
    return add(std::move(name), std::move(unit), h5::Type(H5Tcopy(native<T>())), values.data(),
               values.size());
  }
  Table& column(std::string name, std::string unit, const std::vector<std::string>& values);
  Table& column(std::string name, std::string unit, const std::vector<bool>& values);
  void write(Group& parent, const std::string& name) const;

 private:
  struct Column {
    std::string name, unit;
    h5::Type type;
    std::size_t size;
    std::vector<char> bytes;
  };
  Table& add(std::string name, std::string unit, h5::Type type, const void* values, std::size_t rows);

  std::vector<Column> columns_;
  std::size_t rows_ = 0;
};

/// One value of each element, as a column.
template <class Rows, class Get>
auto column_of(const Rows& rows, Get get) {
  std::vector<std::decay_t<decltype(std::invoke(get, *rows.begin()))>> out;
  for (const auto& row : rows) out.push_back(std::invoke(get, row));
  return out;
}

}  // namespace ipet::storage
