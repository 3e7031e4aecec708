// Table models on rich aggregates as an attacker (stages/attack/aggregate_attacker.hpp).
#include "stages/attack/aggregate_attacker.hpp"

#include "plugins/shared/table_attacker_options.hpp"

namespace {

namespace attack = ipet::attack;

using ComponentOptions = ipet::TableComponent<attack::AggregateAttackerOptions>;

std::shared_ptr<const attack::Attacker> make(const ComponentOptions& o) {
  return std::make_shared<const attack::AggregateAttacker>(o.model.value, o.model.name, o);
}

}  // namespace

IPET_PLUGIN("aggregate_attacker", "1.0", catalog) {
  auto builder = catalog.component<attack::Attacker>("aggregate_attacker", make);
  ipet::table_options(
      builder.about("Names the device behind some minutes of a line by sizes, gaps, bursts and rhythm of its "
                    "packets, with a forest or gradient boosting."),
      "the model's name and the minutes, and \"without silence\" where that is so")
      .option("silence", &ComponentOptions::silence,
              "Whether it knows how long the line was silent; false: long gaps, times between bursts, silent "
              "minutes and the like are 0 in training and testing.");
}
