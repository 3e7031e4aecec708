// Table models (forest, gradient boosting) on rich aggregates.
#pragma once

#include "stages/attack/aggregate_view.hpp"
#include "stages/attack/attacker.hpp"
#include "stages/model/table_model.hpp"

namespace ipet::attack {

class AggregateAttacker : public Attacker {
 public:
  /// `model` must be a table model: throws std::invalid_argument naming it else. `name` is the model's, for
  /// the title "forest 15 min" or "forest 15 min without silence"; a `title` that is not empty stands
  /// instead. `silence`: as AggregateView has it.
  AggregateAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                    double minutes, std::size_t most_rows = 0, const std::string& title = "",
                    bool silence = true);

  [[nodiscard]] std::string title() const override { return title_; }
  [[nodiscard]] const View& view() const override { return view_; }
  [[nodiscard]] std::size_t most_rows() const override { return most_rows_; }
  [[nodiscard]] std::unique_ptr<const Classifier> train(const Rows& training, const Rows& validation,
                                                        std::size_t classes, std::uint64_t seed,
                                                        fingerprint::Observer& observer) const override;

 private:
  std::shared_ptr<const fingerprint::ModelFactory> model_;
  AggregateView view_;
  std::size_t most_rows_;
  std::string title_;
};

}  // namespace ipet::attack
