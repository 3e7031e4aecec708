// What attackers with a table model have in common: their options.
#pragma once

#include "pipeline/sdk/plugin.hpp"
#include "stages/attack/table_attacker.hpp"

namespace ipet {

template <class Options>
struct TableComponent : Options {
  Component<fingerprint::ModelFactory> model{"gradient_boosting", {}, {}};
};

/// `own_title`: what tables call it where the option says nothing. `needs_all_rows`: it cannot do with some.
template <class O>
ComponentBuilder<attack::Attacker, O>& table_options(ComponentBuilder<attack::Attacker, O>& builder,
                                                     const std::string& own_title,
                                                     bool needs_all_rows = false) {
  return builder
      .option("model", &O::model,
              "The model that names the device: gradient_boosting, forest or one of yours that takes "
              "aggregates, with its options.")
      .option("minutes", &O::minutes, minimum(0.01), maximum(1440), unit("min"),
              "Length of the stretch of a line that it names at a time, counted from the begin of the day.")
      .option("most_rows", &O::most_rows, unit("rows"),
              "It is trained on at most so many stretches of each device, chosen at random; 0: on all.")
      .option("title", &O::title, ("What tables call it; empty: " + own_title + ".").c_str())
      .check([needs_all_rows](const O& o, const OptionPlaces& at) {
        if (needs_all_rows && o.most_rows > 0)
          at.problem("most_rows",
                     "lines are compared with each other at the same time, so that all rows are needed",
                     "leave it out");
        if (o.model.value->table_model() == nullptr)
          at.problem("model", "model '" + o.model.name + "' looks at windows, and here are aggregates",
                     "take attacker 'window_attacker', or a model on aggregates such as 'gradient_boosting'");
      });
}

/// An attacker of which the minutes are all that its view has to be told; `looks_at` begins its title.
template <class Attacker>
void declare_table_attacker(Catalog& catalog, const std::string& name, const std::string& about,
                            const std::string& looks_at) {
  using O = TableComponent<attack::TableAttackerOptions>;
  auto builder = catalog.component<attack::Attacker>(
      name, +[](const O& o) -> std::shared_ptr<const attack::Attacker> {
        return std::make_shared<const Attacker>(o.model.value, o.model.name, o);
      });
  table_options(builder.about(about), "\"" + looks_at + "\" and the minutes", Attacker::needs_all_rows);
}

}  // namespace ipet
