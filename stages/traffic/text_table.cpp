#include "stages/traffic/text_table.hpp"

#include <algorithm>

#include "pipeline/text/printable.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::traffic {

void TextTable::row(const std::string& name, const std::vector<std::uint64_t>& numbers) {
  std::vector<std::string>& cells = rows_.emplace_back();
  cells.push_back(text::printable(name));
  for (const std::uint64_t number : numbers) cells.push_back(std::to_string(number));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& cells : rows_)
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], text::characters(cells[i]));
  const std::size_t cut = rows_.size() > most_rows ? rows_.size() - most_rows : 0;
  std::string text;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (cut > 0 && row == most_rows / 2) {
      text += "  (" + std::to_string(cut) + " more)\n";
      row += cut;
    }
    for (std::size_t i = 0; i < rows_[row].size(); ++i) {
      const std::string gap(widths[i] - text::characters(rows_[row][i]), ' ');
      text += i == 0 ? "  " + rows_[row][i] + gap : "  " + gap + rows_[row][i];
    }
    text += "\n";
  }
  return text;
}

}  // namespace ipet::traffic
