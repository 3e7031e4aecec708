#include "stages/storage/table.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace ipet::storage {

Table& Table::column(std::string name, std::string unit, const std::vector<std::string>& values) {
  std::size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  std::vector<char> bytes(values.size() * longest, '\0');
  for (std::size_t i = 0; i < values.size(); ++i)
    std::memcpy(bytes.data() + i * longest, values[i].data(), values[i].size());
  return add(std::move(name), std::move(unit), fixed_utf8_type(longest), bytes.data(), values.size());
}

Table& Table::column(std::string name, std::string unit, const std::vector<bool>& values) {
  const std::vector<std::int8_t> bytes(values.begin(), values.end());
  return add(std::move(name), std::move(unit), bool_type(), bytes.data(), bytes.size());
}

Table& Table::add(std::string name, std::string unit, h5::Type type, const void* values, std::size_t rows) {
  if (!columns_.empty() && rows != rows_) throw std::logic_error("column " + name + ": wrong number of rows");
  rows_ = rows;
  const std::size_t size = H5Tget_size(type.get());
  const char* bytes = static_cast<const char*>(values);
  columns_.push_back({std::move(name), std::move(unit), std::move(type), size, {}});
  if (rows > 0) columns_.back().bytes.assign(bytes, bytes + rows * size);
  return *this;
}

void Table::write(Group& parent, const std::string& name) const {
  std::size_t row_size = 0;
  for (const Column& column : columns_) row_size += column.size;
  h5::Type type(H5Tcreate(H5T_COMPOUND, row_size));
  std::vector<char> rows(rows_ * row_size);
  std::vector<std::string> names, units;
  std::size_t offset = 0;
  for (const Column& column : columns_) {
    H5Tinsert(type.get(), column.name.c_str(), offset, column.type.get());
    for (std::size_t i = 0; i < rows_; ++i)
      std::memcpy(rows.data() + i * row_size + offset, column.bytes.data() + i * column.size, column.size);
    offset += column.size;
    names.push_back(column.name);
    units.push_back(column.unit);
  }
  ArrayWriter writer = parent.array(name, std::move(type), {rows_, {}});
  describe_columns(writer, names, units);
  writer.append(rows.data(), rows_);
  writer.finish();
}

}  // namespace ipet::storage
