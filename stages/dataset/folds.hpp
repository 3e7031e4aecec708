// Cross-validation: captures, days, minutes or windows are dealt out to folds, each of which is for testing
// in a run of its own. Over all folds everything is tested exactly once. The validation part comes out of
// what is left for training.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "stages/dataset/split.hpp"

namespace ipet::fingerprint {

/// What is wrong with options before any data is seen: the option, "folds" or "fold", and the reason; ""
/// where nothing is.
std::pair<std::string, std::string> wrong_folds(SplitMode mode, std::uint32_t folds, std::uint32_t fold);

/// "day", "capture, fold 0 of 5".
inline std::string split_text(SplitMode mode, std::uint32_t folds, std::uint32_t fold) {
  const std::string word(text::word_of(split_modes, mode));
  return folds == 0 ? word : word + ", fold " + std::to_string(fold) + " of " + std::to_string(folds);
}

/// The fold of each of `count` days (or captures) in their order: runs of neighbours, as equal as can be.
std::uint32_t fold_of(std::size_t position, std::size_t count, std::uint32_t folds);

/// Captures of one group (split_units.hpp), shuffled, are dealt out one by one, each group going on where the
/// one before it stopped: so folds are alike in devices and in size. Fills the record's lists.
/// Throws std::runtime_error where there are fewer captures than folds, or than parts.
void captures_into_folds(const windows::RowSet& windows, const SplitOptions& options, SplitRecord& record);

/// A fold is a run of consecutive days; the days before it (before the first: the last ones) are for
/// validation. In mode leave_one_day_out, sets record.folds. Throws std::runtime_error where there are fewer
/// days than folds, or than parts, and std::invalid_argument for a day that there is not.
void days_into_folds(const windows::RowSet& windows, const SplitOptions& options, SplitRecord& record);

}  // namespace ipet::fingerprint
