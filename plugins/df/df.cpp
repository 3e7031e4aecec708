// Deep fingerprinting as an attacker (stages/attack_networks/df.hpp).
#include "stages/attack_networks/df.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace attack = ipet::attack;

IPET_PLUGIN("df", "1.0", catalog) {
  using O = attack::DfOptions;
  catalog.component<attack::Attacker, attack::Df>("df")
      .about(
          "Deep fingerprinting (Sirinam et al., CCS 2018): names the device behind a sequence of packets "
          "with a deep convolutional network. Trained with Adam, where the paper has Adamax.")
      .option("input", &O::input, ipet::choices(attack::df_inputs),
              "What it sees of a packet beside the direction: its size, the gap before it, or both.")
      .option("length", &O::length, ipet::minimum(1), ipet::maximum(100'000), ipet::unit("packets"),
              "Packets of a sequence, at most. Time and memory of a training are proportional to it.")
      .option(
          "minutes", &O::minutes, ipet::minimum(0.01), ipet::maximum(1440), ipet::unit("min"),
          "A sequence ends after so many minutes at the latest: it lies within one stretch of that length, "
          "counted from the begin of the day.")
      .option("max_epochs", &O::max_epochs, ipet::minimum(1),
              "Trains for at most so many passes over the training sequences.")
      .option("patience", &O::patience, ipet::minimum(1), ipet::unit("epochs"),
              "Training stops after so many epochs without a lower validation loss.")
      .option("batch", &O::batch, ipet::minimum(2), ipet::unit("sequences"), "Sequences per gradient step.")
      .option("learning_rate", &O::learning_rate, ipet::minimum(1e-9), ipet::maximum(1),
              "Learning rate of the optimiser Adam (the paper has 0.002 with Adamax).")
      .option("most_rows", &O::most_rows, ipet::unit("sequences"),
              "It is trained on at most so many sequences of each device, chosen at random; 0: on all.")
      .option("title", &O::title, "What tables call it; empty: \"df\", \"df of sizes\" or \"df of times\".");
}
