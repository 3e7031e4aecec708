// A device's own past, in segments, as an imitator (stages/imitation/replay.hpp).
#include "stages/imitation/replay.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("replay", "1.0", catalog) {
  using O = ipet::defence::ReplayOptions;
  catalog.component<ipet::defence::Imitator, ipet::defence::Replay>("replay")
      .about(
          "Imitates a device by segments of its past days, moved and jittered. Their sizes repeat exactly.")
      .option("segment", &O::segment, ipet::unit("s"), ipet::minimum(1), ipet::maximum(86'400),
              "Length of the segments that past days are cut into, about: a day has a whole number of them.")
      .option(
          "clock", &O::clock, ipet::choices(ipet::defence::clocks),
          "When a segment of a past day is played. kept: at its time of day; near: within near_hours of it; "
          "shifted: at any time of day.")
      .option(
          "near_hours", &O::near_hours, ipet::unit("h"), ipet::minimum(0), ipet::maximum(24),
          "Of clock \"near\": a day is cut into stretches of so many hours, in which segments change places.")
      .option("jitter", &O::jitter, ipet::unit("s"), ipet::minimum(0), ipet::maximum(43'200),
              "A segment is moved in time by at most so much, to where the one before it would have gone on.")
      .option("wobble", &O::wobble, ipet::unit("s"), ipet::minimum(0), ipet::maximum(3600),
              "A burst of packets is moved in time by at most so much, each by its own.")
      .option("loosen", &O::loosen, ipet::minimum(0), ipet::maximum(1),
              "A burst is moved by up to so many times what intervals between bursts of its kind typically "
              "differ by: nothing for timers, much for what has no rhythm. 0: by `wobble` alone.")
      .option("stretch", &O::stretch, ipet::minimum(0), ipet::maximum(0.99),
              "Gaps between the packets of a burst are stretched or shortened by at most this share of them.")
      .option("burst_gap", &O::burst_gap, ipet::unit("s"), ipet::minimum(1e-3), ipet::maximum(86'400),
              "Length of the silence that ends a burst of packets.");
}
