// Names lines by what happens on several at once: devices that see one person act together, and imitations
// that are drawn for each line alone do not (coincidence.hpp).
#pragma once

#include "stages/attack/bins.hpp"
#include "stages/attack/table_attacker.hpp"

namespace ipet::attack {

/// A row for each bin of some minutes, also for those without packets. A column for each 2 s of it: packets
/// of the burst (phrases.hpp) that begins there, of several the largest; 0: none. A burst over the end of a
/// bin counts with its packets before it.
class BurstView final : public View {
 public:
  /// Throws std::invalid_argument unless there are at least a millisecond and at most a day of minutes.
  explicit BurstView(double minutes);

  /// "bursts of 15 min"
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::unique_ptr<FeatureExtractor> open(const Interval& interval) const override;

 private:
  traffic::Nanoseconds length_;
  std::string name_;
};

/// What rows of BurstView come to beside those of other lines of their home (Rows::home) and begin, which may
/// be among `rows` or `beside`. Columns of shared_columns, for all bursts and for those of eight packets or
/// more: bursts; the three highest shares of them that follow one of another line by a slot, large ones by
/// five or come before it, the three highest scores (Coincidence, at most 100), each sorted for itself, so
/// that the order of lines tells nothing; and the sums of both over all other lines. 0 where there are fewer
/// lines. In the end the same of the number of large bursts that were shared beyond chance, in this row and
/// earlier ones of the line.
Rows shared_events(const Rows& rows, const Rows& beside = {});
std::vector<std::string> shared_columns();

class CoincidenceAttacker final : public TableAttacker {
 public:
  static constexpr bool needs_all_rows = true;
  /// `name` is the model's. Throws std::invalid_argument where options name most_rows.
  CoincidenceAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                      const TableAttackerOptions& options = {});

  [[nodiscard]] std::unique_ptr<const Classifier> train(const Rows& training, const Rows& validation,
                                                        std::size_t classes, std::uint64_t seed,
                                                        fingerprint::Observer& observer) const override;
};

}  // namespace ipet::attack
