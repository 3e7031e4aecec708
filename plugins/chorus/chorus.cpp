// Every line carries the whole set: chorus as a component (stages/chorus/chorus.hpp).
#include "stages/chorus/chorus.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("chorus", "1.0", catalog) {
  using O = ipet::defence::ChorusOptions;
  catalog.component<ipet::defence::Defence, ipet::defence::Chorus>("chorus")
      .about(
          "Every line carries the whole set: a device's own packets and an imitation of every other device, "
          "from past days of the input 'pool'. Does not delay user data. Broken by attacks from outside: the "
          "figures are in stages/comparison/RESULTS.md, and no bound is claimed.")
      .needs<ipet::traffic::Traces>("pool", "recordings of this home's past")
      .option("imitator", &O::imitator, ipet::fallback("replay"), ipet::passes_needs(),
              "What makes the imitations: replay, renewal, or yours.")
      .option(
          "budget", &O::budget, ipet::unit("bytes/s"), ipet::minimum(0), ipet::maximum(1e9),
          "Payload of cover per device, in the mean; 0: no limit, all devices form one set. Else devices are "
          "put into sets that keep it.")
      .option("smallest_set", &O::smallest_set, ipet::minimum(2), ipet::maximum(100'000),
              "With a budget: devices that a set should have at least.")
      .option(
          "over_budget", &O::over_budget, ipet::choices(ipet::defence::over_budgets),
          "A device that no such set takes within the budget. alone: it stays recognisable; shared: it gets "
          "a set that breaks the budget.")
      .option("pool_days", &O::pool_days, ipet::minimum(0), ipet::maximum(100'000),
              "Use at most so many past days, the youngest; 0: all.")
      .option("pool_age_days", &O::pool_age_days, ipet::minimum(1), ipet::maximum(100'000),
              "Use only days that are at least so old.")
      .option("causal", &O::causal,
              "Use only what was recorded before the day of the line; false: any day but that one, for "
              "measurements.")
      .option("only_days", &O::only_days,
              "Use only these days of the pool, counted from 0, its first one; empty: all.")
      .option("without", &O::without, "Devices that are left out of the pool, as a new one is.")
      .option("stand_in", &O::stand_in, ipet::minimum(0), ipet::maximum(1e6),
              "A device that has been silent for so many times its longest silence on the past days used is "
              "imitated on its own line too, until it speaks; 0: never.")
      .option("relay", &O::relay,
              "Whether somebody upstream sends the incoming half of cover; false: only the outgoing half is "
              "sent.")
      .option("day_offset_hours", &O::day_offset_hours, ipet::unit("h"), ipet::minimum(-24),
              ipet::maximum(24), "When a day begins, after midnight UTC.");
}
