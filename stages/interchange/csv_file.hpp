// A CSV file on its way to its name.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "stages/interchange/csv_text.hpp"
#include "stages/storage/output_file.hpp"

namespace ipet::interchange {

class CsvFile {
 public:
  explicit CsvFile(std::filesystem::path final) : file_(std::move(final)) {}
  template <class T>
  CsvFile& cell(const T& value) {
    row_.cell(value);
    return *this;
  }
  CsvFile& cell(const char* text) { return cell(std::string_view(text)); }
  void end_row() {
    row_.end_row();
    file_.write(row_.text());
    row_.clear();
  }
  void publish() {
    file_.finish();
    file_.publish();
  }

 private:
  storage::OutputFile file_;
  CsvText row_;
};

}  // namespace ipet::interchange
