// What staged training keeps, so that a run that was killed goes on after its last complete stage
// (stages/generator/README.md "Staged training"). No LibTorch and no file format here:
// stages/storage/checkpoint_folder.hpp keeps it in files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "stages/fingerprint/optimiser.hpp"
#include "stages/generator/training.hpp"

namespace ipet::generator {

/// A chain after a stage. Random streams are keyed and perturbed windows follow from the generators, so that
/// nothing else is needed to go on with exactly the numbers of a run that was never stopped.
struct CompleteStage {
  Generation generation;
  fingerprint::AdamState optimiser;  ///< of the discriminator
};

/// Keeps complete stages. `save` is called from several threads at once, for different chains.
class TrainingStages {
 public:
  virtual ~TrainingStages() = default;
  /// Complete stages of a chain from its first one on, without a gap; at most `limit`.
  virtual std::vector<CompleteStage> load(std::size_t chain, std::size_t limit) = 0;
  /// `stage` counts from 0. Must not throw for what the training can do without: a full disk, say.
  virtual void save(std::size_t chain, std::size_t stage, const CompleteStage& complete) = 0;
};

/// Hash of all that a training stage depends on: discriminator, windows, options (without training_stages and
/// chains, which say how many there are, not what comes out of each) and `programme`, which stands for the
/// code. Equal keys: the same stages.
std::string training_key(const fingerprint::TrainedModel& discriminator,
                         const fingerprint::LabelledWindows& training, const GeneratorOptions& options,
                         const std::vector<std::string>& programme);

}  // namespace ipet::generator
