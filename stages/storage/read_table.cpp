#include <cstdlib>

#include "stages/storage/read_node.hpp"

namespace ipet::storage {

ReadTable ReadGroup::table(const std::string& name) const {
  if (is_dataset(name)) return ReadTable(array(name));
  return ReadTable(group(name));
}

const ReadArray& ReadTable::array(const char* name) const {
  if (const auto open = open_.find(name); open != open_.end()) return open->second;
  const auto& group = std::get<ReadGroup>(source_);
  if (!group.has(name)) group.refuse("no column '" + std::string(name) + "'");
  ReadArray column = group.array(name);
  if (column.shape().size() != 1) column.refuse("is not a column");
  if (!open_.empty()) column.expect_shape(open_.begin()->second.shape());
  return open_.emplace(name, std::move(column)).first->second;
}

std::uint64_t ReadTable::rows(const char* name) const {
  return compound() != nullptr ? compound()->rows() : array(name).rows();
}

void ReadTable::refuse(const std::string& text) const {
  std::visit([&](const auto& source) { source.refuse(text); }, source_);
  std::abort();  // not reached: refuse throws
}

std::vector<std::string> ReadTable::text_column(const char* name) const {
  if (compound() != nullptr) return compound()->text_column(name);
  return array(name).texts();
}

std::vector<bool> ReadTable::flag_column(const char* name) const {
  if (compound() != nullptr) return compound()->flag_column(name);
  const ReadArray& column = array(name);
  std::vector<bool> out;
  for (const std::uint8_t byte : column.read<std::uint8_t>()) {
    if (byte > 1) column.refuse("holds what is no bool");
    out.push_back(byte == 1);
  }
  return out;
}

}  // namespace ipet::storage
