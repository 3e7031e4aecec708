// What the runs of a sweep found, side by side.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/run/execute.hpp"

namespace ipet::cli {

class SweepTable {
 public:
  /// The points must live as long as the table.
  explicit SweepTable(const std::vector<definition::SweepPoint>& points);

  /// The rows that its stages told; of a run whose stages told none, what they made.
  void add(std::size_t point, const run::Result& result);
  void add_failed(std::size_t point);

  /// Nothing to show: no stage told anything.
  [[nodiscard]] bool empty() const;
  /// A heading, and a line for each row in the order of the points.
  [[nodiscard]] std::string text() const;
  /// RFC 4180, with a column `sweep_NAME` for each axis, as the tables of single runs have them.
  [[nodiscard]] std::string csv() const;

 private:
  struct Line {
    std::size_t point = 0;
    std::string stage;
    ResultRow row;
    bool failed = false;
  };
  using Cells = std::vector<std::vector<std::string>>;

  /// With a line of headings: the axes, each with `before` its name, the stage where there are several, and
  /// the columns of all rows.
  [[nodiscard]] Cells cells(ResultRow::Cells ResultRow::*side, const std::string& before,
                            const std::string& failed) const;

  const std::vector<definition::SweepPoint>& points_;
  std::vector<std::string> axes_;
  std::vector<Line> lines_;
};

}  // namespace ipet::cli
