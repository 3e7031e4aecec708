// A table model on what devices are known to say, and what nobody has said before.
#pragma once

#include "stages/attack/table_attacker.hpp"
#include "stages/attack/vocabulary_view.hpp"

namespace ipet::attack {

class VocabularyAttacker final : public TableAttacker {
 public:
  /// `name` is the model's.
  VocabularyAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                     const TableAttackerOptions& options = {})
      : TableAttacker(
            std::move(model), name,
            [minutes = options.minutes](std::span<const CleanRecording> recordings, std::size_t classes) {
              return std::make_shared<VocabularyView>(
                  minutes, std::make_shared<const Vocabulary>(recordings, classes));
            },
            options, "vocabulary") {}
};

}  // namespace ipet::attack
