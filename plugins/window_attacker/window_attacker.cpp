// Fingerprinting networks on windows as an attacker (stages/attack_networks/window_attacker.hpp).
#include "stages/attack_networks/window_attacker.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace attack = ipet::attack;

struct ComponentOptions : attack::WindowAttackerOptions {
  ipet::Component<ipet::fingerprint::ModelFactory> model{"lstm", {}, {}};
};

std::shared_ptr<const attack::Attacker> make(const ComponentOptions& o) {
  return std::make_shared<const attack::WindowAttacker>(o.model.value, o.model.name, o);
}

void check(const ComponentOptions& o, const ipet::OptionPlaces& at) {
  if (o.model.value->input() != ipet::fingerprint::ModelInput::windows)
    at.problem("model", "model '" + o.model.name + "' looks at aggregates, and here are windows",
               "take attacker 'aggregate_attacker', or a network such as 'lstm'");
  if (const auto [option, reason] = o.windows.fault(); !reason.empty()) at.problem(option, reason);
}

}  // namespace

IPET_PLUGIN("window_attacker", "1.0", catalog) {
  using O = ComponentOptions;
  using W = ipet::windows::WindowSettings;
  catalog.component<attack::Attacker>("window_attacker", make)
      .about("Names the device behind a window of some seconds of a line with a network.")
      .option("model", &O::model,
              "The network that names the device: lstm, gru, cnn, mlp or one of yours, with its options.")
      .option("silence", &O::silence,
              "Whether it knows how long the line was silent before the window; false: that is 0 in training "
              "and testing.")
      .option("placement", ipet::within(&O::windows, &W::placement), ipet::choices(ipet::windows::placements),
              "anchored: a window begins with a packet; tiled: one window follows another.")
      .option("total_time", ipet::within(&O::windows, &W::total_time), ipet::unit("s"),
              "Length of a window, the stretch of a line that it names at a time.")
      .option("omega", ipet::within(&O::windows, &W::omega), ipet::unit("s"),
              "Length of a slot, the time whose packets and bytes a window counts together; divides "
              "total_time exactly.")
      .option("max_epochs", &O::max_epochs, ipet::minimum(1),
              "Trains for at most so many passes over the training windows.")
      .option("patience", &O::patience, ipet::minimum(1), ipet::unit("epochs"),
              "Training stops after so many epochs without a lower validation loss.")
      .option("batch", &O::batch, ipet::minimum(1), ipet::unit("windows"), "Windows per gradient step.")
      .option("most_rows", &O::most_rows, ipet::unit("windows"),
              "It is trained on at most so many windows of each device, chosen at random; 0: on all.")
      .option("title", &O::title,
              "What tables call it; empty: the model's name, and \"without silence\" where that is so.")
      .check(check);
}
