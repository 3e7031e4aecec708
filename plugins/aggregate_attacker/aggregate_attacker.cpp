// Table models on rich aggregates as an attacker (stages/attack/aggregate_attacker.hpp).
#include "stages/attack/aggregate_attacker.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace attack = ipet::attack;

struct ComponentOptions : attack::AggregateAttackerOptions {
  ipet::Component<ipet::fingerprint::ModelFactory> model{"gradient_boosting", {}, {}};
};

std::shared_ptr<const attack::Attacker> make(const ComponentOptions& o) {
  return std::make_shared<const attack::AggregateAttacker>(o.model.value, o.model.name, o);
}

}  // namespace

IPET_PLUGIN("aggregate_attacker", "1.0", catalog) {
  using O = ComponentOptions;
  catalog.component<attack::Attacker>("aggregate_attacker", make)
      .about(
          "Names the device behind some minutes of a line by sizes, gaps, bursts and rhythm of its packets, "
          "with a forest or gradient boosting.")
      .option("model", &O::model,
              "The model that names the device: gradient_boosting, forest or one of yours that takes "
              "aggregates, with its options.")
      .option("minutes", &O::minutes, ipet::minimum(0.01), ipet::maximum(1440), ipet::unit("min"),
              "Length of the stretch of a line that it names at a time, counted from the begin of the day.")
      .option("silence", &O::silence,
              "Whether it knows how long the line was silent; false: long gaps, times between bursts, silent "
              "minutes and the like are 0 in training and testing.")
      .option("most_rows", &O::most_rows, ipet::unit("rows"),
              "It is trained on at most so many stretches of each device, chosen at random; 0: on all.")
      .option("title", &O::title,
              "What tables call it; empty: the model's name and the minutes, and \"without silence\" where "
              "that is so.")
      .check([](const O& o, const ipet::OptionPlaces& at) {
        if (o.model.value->table_model() == nullptr)
          at.problem("model", "model '" + o.model.name + "' looks at windows, and here are aggregates",
                     "take attacker 'window_attacker', or a model on aggregates such as 'gradient_boosting'");
      });
}
