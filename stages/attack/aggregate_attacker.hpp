// Table models (forest, gradient boosting) on rich aggregates.
#pragma once

#include "stages/attack/aggregate_view.hpp"
#include "stages/attack/table_attacker.hpp"

namespace ipet::attack {

struct AggregateAttackerOptions : TableAttackerOptions {
  bool silence = true;  ///< as AggregateView has it
};

/// "forest 15 min" or "forest 15 min without silence".
class AggregateAttacker final : public TableAttacker {
 public:
  AggregateAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                    const AggregateAttackerOptions& options = {})
      : TableAttacker(std::move(model), name,
                      std::make_shared<AggregateView>(options.minutes, options.silence), options, name),
        silent_(options.silence || !options.title.empty()) {}
  [[nodiscard]] std::string title() const override {
    return TableAttacker::title() + (silent_ ? "" : " without silence");
  }

 private:
  bool silent_;
};

}  // namespace ipet::attack
