// Table models (forest, gradient boosting) on rich aggregates.
#pragma once

#include "stages/attack/aggregate_view.hpp"
#include "stages/attack/attacker.hpp"
#include "stages/model/table_model.hpp"

namespace ipet::attack {

struct AggregateAttackerOptions {
  double minutes = 15;
  bool silence = true;        ///< as AggregateView has it
  std::size_t most_rows = 0;  ///< of a class; 0: all
  std::string title;          ///< "": "forest 15 min" or "forest 15 min without silence"
};

class AggregateAttacker final : public Attacker {
 public:
  /// `name` is the model's. Throws std::invalid_argument naming it where it is no table model.
  AggregateAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                    const AggregateAttackerOptions& options = {});

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
