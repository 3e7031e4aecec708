// The per-packet classifier as a component (stages/attack/dummy_filter.hpp).
#include "stages/attack/dummy_filter.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace attack = ipet::attack;

IPET_PLUGIN("dummy_filter", "1.0", catalog) {
  using O = attack::DummyFilterOptions;
  catalog.component<attack::PacketFilter, attack::DummyFilter>("dummy_filter")
      .about(
          "Throws cover traffic away, packet by packet: by size, by the grid its times are on, and by its "
          "neighbours.")
      .option(
          "most_packets", &O::most_packets, ipet::minimum(10), ipet::unit("packets"),
          "It is trained on at most so many packets; half of them are cover traffic where there is enough.")
      .option("rounds", &O::rounds, ipet::minimum(1), ipet::maximum(10'000),
              "Boosted trees that it consists of, at most.")
      .option("depth", &O::depth, ipet::minimum(1), ipet::maximum(20),
              "Splits from the root of a tree to a leaf, at most.")
      .option(
          "least_accuracy", &O::least_accuracy, ipet::minimum(0.5), ipet::maximum(1),
          "Balanced accuracy (share, 0.5 is guessing) in telling real packets from cover traffic, on packets "
          "that it was not trained on, below which it throws nothing away.");
}
