// Fingerprinting networks on windows as an attacker (stages/attack_networks/window_attacker.hpp).
#include "stages/attack_networks/window_attacker.hpp"

#include <stdexcept>

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace attack = ipet::attack;
namespace windows = ipet::windows;

struct WindowAttackerComponentOptions {
  ipet::Component<ipet::fingerprint::ModelFactory> model{"lstm", {}, {}};
  attack::WindowAttackerOptions defaults{};
  bool silence = defaults.silence;
  std::string placement = "anchored", title;
  double total_time = 4, omega = 0.1;
  std::uint32_t max_epochs = defaults.max_epochs, patience = defaults.patience, batch = defaults.batch;
  std::uint64_t most_rows = defaults.most_rows;

  [[nodiscard]] windows::WindowSettings windows() const {
    return windows::WindowSettings::make(
        total_time, omega, placement == "tiled" ? windows::Placement::tiled : windows::Placement::anchored,
        windows::Silence::before);
  }
};

class WindowAttackerComponent final : public attack::WindowAttacker {
 public:
  using Options = WindowAttackerComponentOptions;
  explicit WindowAttackerComponent(const Options& o)
      : WindowAttacker(o.model.value, o.model.name, o.windows(),
                       {o.silence, o.max_epochs, o.patience, o.batch, o.most_rows, o.title}) {}
};

void check(const WindowAttackerComponentOptions& o, const ipet::OptionPlaces& at) {
  if (o.model.value->input() != ipet::fingerprint::ModelInput::windows)
    at.problem("model", "model '" + o.model.name + "' looks at aggregates, and here are windows",
               "take attacker 'aggregate_attacker', or a network such as 'lstm'");
  try {
    (void)o.windows();
  } catch (const std::invalid_argument& error) {
    at.problem("omega", error.what());
  }
}

}  // namespace

IPET_PLUGIN("window_attacker", "1.0", catalog) {
  using O = WindowAttackerComponentOptions;
  catalog.component<attack::Attacker, WindowAttackerComponent>("window_attacker")
      .about("Names the device behind a window of some seconds of a line with a network.")
      .option("model", &O::model,
              "The network that names the device: lstm, gru, cnn, mlp or one of yours, with its options.")
      .option("silence", &O::silence,
              "Whether it knows how long the line was silent before the window; false: that is 0 in training "
              "and testing.")
      .option("placement", &O::placement, ipet::choices({"anchored", "tiled"}),
              "anchored: a window begins with a packet; tiled: one window follows another.")
      .option("total_time", &O::total_time, ipet::unit("s"),
              "Length of a window, the stretch of a line that it names at a time.")
      .option("omega", &O::omega, ipet::unit("s"),
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
