// A trained fingerprinting model as plain numbers. No LibTorch here: storage and the mixer include this too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/dataset/split_record.hpp"

namespace ipet::fingerprint {

class ModelFactory;

/// A named tensor in row-major order.
struct NamedArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

struct EpochRecord {
  std::uint32_t epoch = 0;  ///< counts from 1
  double learning_rate = 0;
  double training_loss = 0, training_accuracy = 0;
  double validation_loss = 0, validation_accuracy = 0;
};

/// What the first layer does: log(1 + x), standardised on the training part; or nothing.
enum class Normalisation : std::uint8_t { log1p, none };
inline constexpr text::Word<Normalisation> normalisations[] = {{"log1p", Normalisation::log1p},
                                                               {"none", Normalisation::none}};

struct TrainedModel {
  static constexpr std::string_view type_name = "trained_model";
  static constexpr int type_version = 2;

  std::string model;                            ///< component name, for example "lstm"
  std::string options;                          ///< of the component, a TOML table
  std::shared_ptr<const ModelFactory> factory;  ///< builds the network; not stored
  std::vector<std::string> classes;             ///< device names
  /// Names of the features of a table model, in order; empty for networks, which see windows.
  std::vector<std::string> features;
  std::uint32_t slots = 0;   ///< 0 for models on aggregates
  double omega = 0;          ///< seconds per slot; of models on aggregates: seconds per row
  std::uint32_t batch = 0;   ///< windows per step it was trained with
  double learning_rate = 0;  ///< of the first epoch
  Normalisation normalisation = Normalisation::none;  ///< its constants are among the parameters
  std::vector<NamedArray> parameters;
  std::vector<EpochRecord> history;
  std::uint32_t best_epoch = 0;
  SplitRecord split;
  std::shared_ptr<const SplitRows> split_rows;  ///< null: not known
  std::uint64_t training_windows = 0, validation_windows = 0, test_windows = 0;

  [[nodiscard]] std::size_t byte_size() const {
    std::size_t bytes = sizeof *this + (split_rows ? split_rows->byte_size() : 0);
    for (const NamedArray& array : parameters) bytes += array.values.size() * sizeof(float);
    return bytes;
  }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

}  // namespace ipet::fingerprint
