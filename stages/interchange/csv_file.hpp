// A CSV file on its way to its name.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "stages/files/output_file.hpp"
#include "stages/interchange/csv_text.hpp"

namespace ipet::interchange {

class CsvFile {
 public:
  CsvFile(std::filesystem::path final, storage::Staging& staging) : file_(std::move(final), staging) {}
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
  /// Flushes to the disk and adds the file to those that wait for their names.
  void hand_over(storage::CompleteFiles& files) { file_.hand_over(files); }

 private:
  storage::OutputFile file_;
  CsvText row_;
};

}  // namespace ipet::interchange
