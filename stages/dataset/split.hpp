// Dividing windows or aggregates into parts for training, validation and testing
// (stages/fingerprint/README.md "Splits").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/dataset/split_record.hpp"
#include "stages/windows/window.hpp"

namespace ipet::fingerprint {

struct SplitOptions {
  SplitMode mode = SplitMode::automatic;
  double validation_fraction = 0.15, test_fraction = 0.15;
  /// Cross-validation: what `mode` keeps whole is dealt out to so many folds, and `fold` is for testing
  /// instead of test_fraction (folds.hpp). 0: a single split.
  std::uint32_t folds = 0, fold = 0;
  /// As published: the test part doubles as validation part, and validation_fraction does not count. The best
  /// epoch is then chosen by the windows that it is tested on.
  bool validate_on_test = false;
  double day_offset_hours = 0;  ///< a day begins this long after midnight UTC
  /// In a split by day fewer days than this are an error; in a split by capture it is one to have nothing to
  /// test on. 0: what cannot be held back is trained on.
  std::uint32_t least_days = 0;
  std::uint64_t seed = 0;  ///< draws captures, minutes and windows; whole days are not drawn
};

/// The option that is wrong, and why, before any data is seen; no reason where none is.
std::pair<std::string, std::string> fault(const SplitOptions& options);

struct Split {
  SplitRecord record;
  std::vector<std::string> warnings;
};

/// Decides once, on clean windows or aggregates. Warns of devices that cannot be both trained on and tested.
/// Throws std::invalid_argument where the options have a fault, and std::runtime_error
/// where there are too few captures or days for the folds, or fewer days than least_days.
Split decide_split(const windows::RowSet& windows, const SplitOptions& options);

/// The part of one window: the same for clean and for defended windows of a capture, whatever else the set
/// holds. Never `validation` with validate_on_test.
Part part_of(const SplitRecord& split, std::string_view device, std::string_view capture,
             traffic::Nanoseconds start);
/// The rows of `chosen` (positions in `windows`) that belong to `part`; with validate_on_test, the validation
/// part is the test part.
std::vector<std::size_t> select(const SplitRecord& split, const windows::RowSet& windows,
                                const std::vector<std::size_t>& chosen, Part part);
/// Where each of `chosen` went; `classes` are the devices of all of them.
SplitRows split_rows(const SplitRecord& split, const windows::RowSet& windows,
                     const std::vector<std::size_t>& chosen, const std::vector<std::string>& classes);

}  // namespace ipet::fingerprint
