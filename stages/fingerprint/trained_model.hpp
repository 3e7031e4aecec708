// A trained fingerprinting model as plain numbers. No LibTorch here: storage and the mixer include this too.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/text/words.hpp"

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

/// What is never divided between training, validation and testing.
enum class SplitMode : std::uint8_t {
  automatic,  ///< capture if the median device is in at least 3 captures (with more than 3 folds, as many),
              ///< else day if it is active on as many days, else random
  capture,    ///< whole captures, drawn among those with the same most frequent device
  day,  ///< whole days, the same for all devices: the last ones for testing and those before for validation,
        ///< or earlier ones where devices fall silent before the end, so that as many as possible are tested
  leave_one_day_out,  ///< day with as many folds as there are days
  random,   ///< by a hash of device, capture and minute, so neighbouring windows mostly share a part
  shuffled  ///< by a hash of device, capture and start, every window for itself, as published: neighbours of
            ///< a test window are trained on, so scores are too good
};
inline constexpr text::Word<SplitMode> split_modes[] = {
    {"auto", SplitMode::automatic}, {"capture", SplitMode::capture},
    {"day", SplitMode::day},        {"leave_one_day_out", SplitMode::leave_one_day_out},
    {"random", SplitMode::random},  {"shuffled", SplitMode::shuffled}};

/// How windows were divided (split.hpp); applied again to defended windows of the same captures.
struct SplitRecord {
  SplitMode mode = SplitMode::random;  ///< what was used: capture, day, random or shuffled
  std::uint64_t seed = 0;
  double day_offset_hours = 0;  ///< a day begins this long after midnight UTC
  double test_fraction = 0, validation_fraction = 0;
  /// mode capture: names of the captures in these parts; every other capture is for training.
  std::vector<std::string> validation_captures, test_captures;
  /// mode day: days since the epoch in these parts, sorted; every other day is for training.
  std::vector<std::int64_t> validation_days, test_days;
  bool validate_on_test = false;  ///< the test part doubles as validation part; validation_fraction is 0 then
  /// In a cross-validation the test part is this one of so many folds; 0 folds: a single split.
  std::uint32_t folds = 0, fold = 0;
};

enum class Part : std::uint8_t { training, validation, test };

/// The windows or aggregates that were divided, and where each went. Those that were not drawn
/// (max_windows_per_device) are not among them.
struct SplitRows {
  std::vector<std::string> captures;
  std::vector<std::uint32_t> capture;  ///< [row] into captures
  std::vector<std::uint16_t> device;   ///< [row] into TrainedModel::classes
  std::vector<std::int64_t> start;     ///< [row], ns since the epoch
  std::vector<Part> part;              ///< [row]; validate_on_test: `test` is for validation, too

  [[nodiscard]] std::size_t size() const { return start.size(); }
  [[nodiscard]] std::size_t byte_size() const {
    return size() * (sizeof(std::uint32_t) + sizeof(std::uint16_t) + sizeof(std::int64_t) + sizeof(Part));
  }
};

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
