// A payload whose innermost part has one member more or less: as of two versions of its header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace toys {

struct Cell {
  std::int64_t count = 0;
#ifndef TOY_OLDER_HEADERS
  double mean = 0;
#endif
};

struct Row {
  std::vector<Cell> cells;
};

struct Sheet {
  static constexpr std::string_view type_name = "sheet";
  static constexpr int type_version = 1;
  std::vector<Row> rows;
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return rows.size(); }
};

}  // namespace toys
