// The devices file that was wanting.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "pipeline/sdk/context.hpp"
#include "stages/files/output_file.hpp"
#include "stages/traffic/found_devices.hpp"

namespace ipet {

/// Written at once, so that a full disk is noticed; gets its name with the results of the run, or none with
/// them. That is later than the stage ends: so the staging folder of a published file lives as long as the
/// process, or until another one looks and finds that the file has its name.
class FoundFile {
 public:
  FoundFile(const std::filesystem::path& folder, const std::string& text)
      : waiting_(std::make_shared<Waiting>()) {
    const std::scoped_lock lock(mutex());
    std::erase_if(all(), [](const auto& each) { return !std::filesystem::exists(each->temporary); });
    std::set<std::filesystem::path> taken;
    for (const auto& each : all()) taken.insert(each->file.path);
    waiting_->file = traffic::found_devices_file(folder, text, taken);
    if (waiting_->file.is_there) return;
    waiting_->staging = std::make_unique<storage::Staging>(folder, path().string());
    storage::OutputFile out(path(), *waiting_->staging);
    out.write(text);
    out.hand_over(complete_);
    waiting_->temporary = complete_.at(path());
    all().push_back(waiting_);
  }
  FoundFile& operator=(FoundFile&&) = delete;
  ~FoundFile() {
    const std::scoped_lock lock(mutex());
    if (!published_) std::erase(all(), waiting_);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return waiting_->file.path; }

  /// Call once, after the last recording.
  void publish(StageContext& context) {
    if (waiting_->file.is_there) return;
    published_ = true;
    context.publish(path(), complete_);
  }

 private:
  struct Waiting {
    traffic::FoundDevicesFile file;
    std::filesystem::path temporary;
    std::unique_ptr<storage::Staging> staging;
  };
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static std::vector<std::shared_ptr<Waiting>>& all() {
    static std::vector<std::shared_ptr<Waiting>> them;
    return them;
  }

  std::shared_ptr<Waiting> waiting_;
  storage::CompleteFiles complete_;
  bool published_ = false;
};

}  // namespace ipet
