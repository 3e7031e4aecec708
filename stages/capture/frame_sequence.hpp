// The frames of a recording (one or more capture files) as they stand in its files, in their order.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stages/capture/frame.hpp"

namespace ipet::capture {

class FrameSequence {
 public:
  /// Called with every file that was read to its end, its size and checksum.
  using Read = std::function<void(const std::filesystem::path&, const FileChecksum&)>;

  explicit FrameSequence(std::vector<std::filesystem::path> files, Read read = {})
      : files_(std::move(files)), read_(std::move(read)) {}

  /// False after the last frame. Throws CaptureError naming the file that cannot be opened.
  bool next(Frame& frame);
  /// The file of the last frame.
  [[nodiscard]] const std::filesystem::path& file() const { return files_[next_file_ - 1]; }
  /// How many files have been begun.
  [[nodiscard]] std::size_t files_begun() const { return next_file_; }
  /// "x.pcap: cut short within ...", one per file of which a part could not be read.
  [[nodiscard]] const std::vector<std::string>& losses() const { return losses_; }

 private:
  std::vector<std::filesystem::path> files_;
  Read read_;
  std::size_t next_file_ = 0;
  FileChecksum checksum_;  // of the open file
  std::unique_ptr<FrameReader> reader_;
  std::vector<std::string> losses_;
};

}  // namespace ipet::capture
