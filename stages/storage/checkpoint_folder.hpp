// Complete stages of staged training in files, one per chain and stage, so that a killed run can go on.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "stages/fingerprint/observer.hpp"
#include "stages/generator/checkpoints.hpp"
#include "stages/storage/staging.hpp"

namespace ipet::storage {

/// FOLDER/<key>/chain_<c>_stage_<s>.h5, stages counted from 1, <key> the first 16 digits of the key's hash;
/// stages/storage/README.md describes them. A file is written under a temporary name, flushed, and renamed,
/// so that a process may die at any moment. In front of the HDF5 part stands its checksum: a damaged file is
/// reported and its stage, with those after it, trained again.
class CheckpointFolder final : public generator::TrainingStages {
 public:
  /// Files belong to `key` (generator::training_key). Those of other keys stay as they are, in folders of
  /// their own: they may be hours of work, and only the user knows when nobody wants them any more. `fresh`
  /// removes those of this key. Temporary files of dead processes are removed. Never throws for what the disk
  /// refuses: the observer is warned, once, and the training goes on without.
  CheckpointFolder(const std::filesystem::path& folder, std::string key, bool fresh,
                   fingerprint::Observer& observer);

  std::vector<generator::CompleteStage> load(std::size_t chain, std::size_t limit) override;
  void save(std::size_t chain, std::size_t stage, const generator::CompleteStage& complete) override;

  /// False once something could not be stored: what comes after it is not kept.
  [[nodiscard]] bool keeps() const { return !given_up_; }

 private:
  [[nodiscard]] std::filesystem::path file_of(std::size_t chain, std::size_t stage) const;
  void tell_of_others(const std::filesystem::path& all);
  void write(std::size_t chain, std::size_t stage, const generator::CompleteStage& complete,
             const std::filesystem::path& final);
  void give_up(const std::string& reason);

  std::string key_;
  std::filesystem::path folder_;  ///< of the key
  std::unique_ptr<Staging> staging_;
  fingerprint::Observer& observer_;
  std::atomic<bool> given_up_ = false;
};

}  // namespace ipet::storage
