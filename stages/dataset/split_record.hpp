// How rows were divided into parts for training, validation and testing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/text/words.hpp"

namespace ipet::fingerprint {

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

/// How windows were divided (dataset/split.hpp); applied again to defended windows of the same captures.
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

}  // namespace ipet::fingerprint
