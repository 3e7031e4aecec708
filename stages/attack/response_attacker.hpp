// A table model on how long a line takes to answer.
#pragma once

#include "stages/attack/response_view.hpp"
#include "stages/attack/table_attacker.hpp"

namespace ipet::attack {

class ResponseAttacker final : public TableAttacker {
 public:
  /// `name` is the model's.
  ResponseAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                   const TableAttackerOptions& options = {})
      : TableAttacker(std::move(model), name, std::make_shared<ResponseView>(options.minutes), options,
                      "responses") {}
};

}  // namespace ipet::attack
