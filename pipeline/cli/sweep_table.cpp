#include "pipeline/cli/sweep_table.hpp"

#include <algorithm>
#include <set>

#include "pipeline/cli/table.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/text/percent.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::cli {
namespace {

bool is_number(const std::string& cell) {
  return !cell.empty() && cell.find_first_of("0123456789") <= (cell.front() == '-' ? 1U : 0U);
}

/// Columns of numbers to the right.
void align_numbers(std::vector<std::vector<std::string>>& cells) {
  for (std::size_t c = 0; c < cells.front().size(); ++c) {
    std::size_t width = 0;
    bool numbers = true;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string& cell = cells[i][c];
      width = std::max(width, text::characters(cell));
      numbers = numbers && (i == 0 || cell.empty() || cell.front() == '(' || is_number(cell));
    }
    for (auto& row : cells)
      if (numbers && row[c].find('(') != 0) row[c].insert(0, width - text::characters(row[c]), ' ');
  }
}

std::string csv_cell(const std::string& given) {
  const std::string text = text::is_utf8(given) ? given : text::percent_encoded(given);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

}  // namespace

SweepTable::SweepTable(const std::vector<definition::SweepPoint>& points) : points_(points) {
  std::vector<std::string> keys;
  for (const definition::Override& one : points.front().overrides) keys.push_back(one.key);
  axes_ = definition::axis_names(keys);
}

void SweepTable::add(std::size_t point, const run::Result& result) {
  for (const run::StageRow& row : result.rows) lines_.push_back({point, row.stage, row.row});
  if (!result.rows.empty()) return;
  ResultRow made;
  for (const run::Made& each : result.made) {
    std::string column = each.many;
    std::ranges::replace(column, ' ', '_');
    made.shown.emplace_back(each.many, std::to_string(each.count));
    made.stored.emplace_back(column, std::to_string(each.count));
  }
  lines_.push_back({point, "", std::move(made)});
}

void SweepTable::add_failed(std::size_t point) {
  lines_.push_back({point, "", {}, true});
}

bool SweepTable::empty() const {
  return axes_.empty() ||
         std::ranges::all_of(lines_, [](const Line& line) { return line.row.shown.empty(); });
}

SweepTable::Cells SweepTable::cells(ResultRow::Cells ResultRow::*side, const std::string& before,
                                    const std::string& failed) const {
  std::vector<std::string> columns;
  std::set<std::string> stages;
  for (const Line& line : lines_) {
    if (!line.stage.empty()) stages.insert(line.stage);
    for (const auto& [column, text] : line.row.*side)
      if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
  }
  Cells all(1);
  for (const std::string& axis : axes_) all[0].push_back(before + axis);
  if (stages.size() > 1) all[0].emplace_back("stage");
  all[0].insert(all[0].end(), columns.begin(), columns.end());
  for (const Line& line : lines_) {
    std::vector<std::string>& row = all.emplace_back();
    for (const definition::Override& one : points_[line.point].overrides)
      row.push_back(definition::axis_text(one.value));
    if (stages.size() > 1) row.push_back(line.stage);
    for (const std::string& column : columns) {
      const auto found =
          std::ranges::find(line.row.*side, column, [](const auto& cell) { return cell.first; });
      row.push_back(found == (line.row.*side).end() ? "" : found->second);
    }
    if (line.failed && !columns.empty()) row[row.size() - columns.size()] = failed;
  }
  return all;
}

std::string SweepTable::text() const {
  std::string over;
  for (const std::string& axis : axes_) over += (over.empty() ? "" : ", ") + axis;
  std::set<std::size_t> done;
  for (const Line& line : lines_)
    if (!line.failed) done.insert(line.point);
  Cells rows = cells(&ResultRow::shown, "", "(failed)");
  align_numbers(rows);
  return "== sweep over " + over + ": " + std::to_string(done.size()) + " of " +
         std::to_string(points_.size()) + " runs\n" + aligned(rows, 2);
}

std::string SweepTable::csv() const {
  std::string text;
  for (const auto& row : cells(&ResultRow::stored, "sweep_", "")) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(row[i]);
    text += "\n";
  }
  return text;
}

}  // namespace ipet::cli
