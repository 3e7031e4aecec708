// Every line carries the whole set: chorus as a component (stages/defence/chorus.hpp).
#include "stages/defence/chorus.hpp"

#include <utility>

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace defence = ipet::defence;

struct PluginOptions {
  ipet::Component<defence::Imitator> imitator{"replay", {}, {}};
  double budget = 0;
  std::size_t smallest_set = 2;
  std::string over_budget = "alone";
  std::size_t pool_days = defence::ChorusOptions().pool_days, pool_age_days = 1;
  bool causal = true, relay = true;
  std::vector<std::size_t> only_days;
  std::vector<std::string> without;
  double stand_in = defence::ChorusOptions().stand_in, day_offset_hours = 0;

  [[nodiscard]] defence::ChorusOptions chorus() const {
    defence::ChorusOptions made;
    made.imitator = imitator.value;
    made.budget = budget;
    made.smallest_set = smallest_set;
    made.keep_budget = over_budget == "alone";
    made.pool_days = pool_days;
    made.pool_age_days = pool_age_days;
    made.causal = causal;
    made.only_days = only_days;
    made.without = without;
    made.stand_in = stand_in;
    made.relay = relay;
    made.day_offset_hours = day_offset_hours;
    return made;
  }
};

/// The same, made from the options of a pipeline.
class PluginChorus final : public defence::Defence {
 public:
  using Options = PluginOptions;
  explicit PluginChorus(const Options& options)
      : chorus_(std::make_shared<defence::Chorus>(options.chorus())) {}
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override {
    return chorus_->at_intensity(intensity);
  }
  void check(const defence::Resources& resources) const override { chorus_->check(resources); }
  [[nodiscard]] ipet::traffic::Nanoseconds ready_from(const defence::Resources& resources) const override {
    return chorus_->ready_from(resources);
  }
  [[nodiscard]] std::vector<std::string> report(const defence::Resources& resources) const override {
    return chorus_->report(resources);
  }
  [[nodiscard]] std::unique_ptr<defence::Schedule> schedule(const defence::Resources& resources,
                                                            const defence::Line& line) const override {
    return chorus_->schedule(resources, line);
  }

 private:
  std::shared_ptr<const defence::Chorus> chorus_;
};

}  // namespace

IPET_PLUGIN("chorus", "1.0", catalog) {
  using O = PluginOptions;
  catalog.component<defence::Defence, PluginChorus>("chorus")
      .about(
          "Every line carries the whole set: a device's own packets and an imitation of every other device, "
          "from past days of the input 'pool'. Does not delay user data. Broken by attacks from outside: the "
          "figures are in stages/comparison/RESULTS.md, and no bound is claimed.")
      .option("imitator", &O::imitator, "What makes the imitations: replay, renewal, gan, or yours.")
      .option(
          "budget", &O::budget, ipet::unit("bytes/s"), ipet::minimum(0), ipet::maximum(1e9),
          "Payload of cover per device, in the mean; 0: no limit, all devices form one set. Else devices are "
          "put into sets that keep it.")
      .option("smallest_set", &O::smallest_set, ipet::minimum(2), ipet::maximum(100'000),
              "With a budget: devices that a set should have at least.")
      .option(
          "over_budget", &O::over_budget, ipet::choices({"alone", "shared"}),
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
