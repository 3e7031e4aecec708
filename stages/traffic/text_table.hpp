// Tables of counts, as they stand at the end of a run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ipet::traffic {

/// A name to the left and numbers to the right of their columns. Of very many rows, the middle is left out.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}

  void row(const std::string& name, const std::vector<std::uint64_t>& numbers);
  [[nodiscard]] std::string text() const;

 private:
  static constexpr std::size_t most_rows = 200;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ipet::traffic
