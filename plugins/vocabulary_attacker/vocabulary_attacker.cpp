// What devices are known to say (stages/attack/vocabulary_view.hpp), as an attacker.
#include "stages/attack/vocabulary_attacker.hpp"

#include "plugins/shared/table_attacker_options.hpp"

namespace attack = ipet::attack;

IPET_PLUGIN("vocabulary_attacker", "1.0", catalog) {
  ipet::declare_table_attacker<attack::VocabularyAttacker>(
      catalog, "vocabulary_attacker",
      "Names the device behind some minutes of a line by sizes and directions that follow each "
      "other: what each device is known to say from undefended traffic, and what nobody has "
      "said before.",
      "vocabulary");
}
