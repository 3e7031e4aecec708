#include "stages/storage/stored_table.hpp"

#include <stdexcept>

namespace ipet::storage {

Table& Table::column(std::string name, std::string unit, const std::vector<std::string>& values) {
  const FixedTexts texts(values);
  return add(Kind::text, std::move(name), std::move(unit), texts.type(), texts.bytes().data(), values.size());
}

Table& Table::column(std::string name, std::string unit, const std::vector<bool>& values) {
  const std::vector<std::uint8_t> bytes(values.begin(), values.end());
  return add(Kind::flag, std::move(name), std::move(unit), h5::Type(H5Tcopy(H5T_NATIVE_UINT8)), bytes.data(),
             bytes.size());
}

Table& Table::add(Kind kind, std::string name, std::string unit, h5::Type type, const void* values,
                  std::size_t rows) {
  if (!columns_.empty() && rows != rows_) throw std::logic_error("column " + name + ": wrong number of rows");
  rows_ = rows;
  const std::size_t size = H5Tget_size(type.get());
  const char* bytes = static_cast<const char*>(values);
  columns_.push_back({kind, std::move(name), std::move(unit), std::move(type), {}});
  if (rows > 0) columns_.back().bytes.assign(bytes, bytes + rows * size);
  return *this;
}

void Table::write(Group& parent, const std::string& name) const {
  Group group = parent.group(name);
  std::vector<std::string> names, units;
  for (const Column& column : columns_) {
    names.push_back(column.name);
    units.push_back(column.unit);
  }
  describe_columns(group, names, units);
  const std::string scale = names.front() == "id" ? "id" : "row";
  if (scale == "row") group.index(scale, rows_);
  for (const Column& column : columns_) {
    write(group, column);
    if (column.name == scale)
      group.scale(scale);
    else
      group.dimensions(column.name, {scale});
  }
}

void Table::write(Group& group, const Column& column) const {
  ArrayWriter writer = group.array(column.name, h5::Type(H5Tcopy(column.type.get())), {rows_, {}});
  if (!column.unit.empty()) writer.attribute("units", column.unit);
  if (column.kind == Kind::text) writer.attribute("_Encoding", "utf-8");
  if (column.kind == Kind::flag) describe_flags(writer, bool_flags);
  writer.append(column.bytes.data(), rows_);
  writer.finish();
}

}  // namespace ipet::storage
