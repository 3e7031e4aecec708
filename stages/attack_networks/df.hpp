// Deep fingerprinting (Sirinam et al., CCS 2018, section 5.1 and table 1): a convolutional network over the
// packets of a line. No LibTorch here.
#pragma once

#include <cstdint>
#include <string>

#include "pipeline/text/words.hpp"
#include "stages/attack/attacker.hpp"
#include "stages/attack/sequence_view.hpp"

namespace ipet::attack {

/// What it sees of a packet: direction x size, direction x gap, or both as two channels.
enum class DfInput { size, time, both };
inline constexpr text::Word<DfInput> df_inputs[] = {
    {"size", DfInput::size}, {"time", DfInput::time}, {"both", DfInput::both}};

struct DfOptions {
  DfInput input = DfInput::both;
  std::uint32_t length = 128;  ///< packets of a sequence; the paper has 5000 of a page that loads
  double minutes = 15;         ///< no sequence is longer
  std::uint32_t max_epochs = 12, patience = 4, batch = 64;
  double learning_rate = 1e-3;
  std::size_t most_rows = 500;  ///< of a class
  std::string title;            ///< "": "df", and its input where that is not both
};

/// Four blocks of two convolutions of 32, 64, 128 and 256 filters, eight packets wide, each followed by batch
/// normalisation and ELU (first block) or ReLU, then max-pooling over eight with a stride of four and dropout
/// of 0.1; two dense layers of 512 with batch normalisation, ReLU and dropout of 0.7 and 0.5; softmax. Adam
/// where the paper has Adamax. Sizes and gaps go in as logarithms.
class Df final : public Attacker {
 public:
  using Options = DfOptions;
  /// Throws std::invalid_argument as SequenceView does.
  explicit Df(const DfOptions& options);

  [[nodiscard]] std::string title() const override { return title_; }
  [[nodiscard]] const View& view() const override { return view_; }
  [[nodiscard]] std::size_t most_rows() const override { return options_.most_rows; }
  /// Returns the epoch with the lowest validation loss, the last one where `validation` is empty. One thread.
  /// Throws std::runtime_error when there are fewer than two rows to train on.
  [[nodiscard]] std::unique_ptr<const Classifier> train(const Rows& training, const Rows& validation,
                                                        std::size_t classes, std::uint64_t seed,
                                                        fingerprint::Observer& observer) const override;

 private:
  DfOptions options_;
  SequenceView view_;
  std::string title_;
};

}  // namespace ipet::attack
