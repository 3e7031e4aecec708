// Every line of a set carries every member's packets: unison as a component (stages/unison/unison.hpp).
#include "stages/unison/unison.hpp"

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "stages/traffic/traces.hpp"

namespace {

struct ComponentOptions : ipet::defence::UnisonOptions {
  std::vector<ipet::InputFile> model_files;
};

ipet::defence::UnisonOptions with_files(ComponentOptions options) {
  options.phantom_models.assign(options.model_files.begin(), options.model_files.end());
  return options;
}

struct UnisonComponent final : ipet::defence::Unison {
  using Options = ComponentOptions;
  explicit UnisonComponent(const Options& options) : Unison(with_files(options)) {}
};

}  // namespace

IPET_PLUGIN("unison", "1.0", catalog) {
  using O = ComponentOptions;
  catalog.component<ipet::defence::Defence, UnisonComponent>("unison")
      .about(
          "Every line of a set carries every member's packets as they come, in an order of lines that is "
          "shuffled for each: the lines of a set are equal by construction. User data waits for its place "
          "among the copies only.")
      .needs<ipet::traffic::Traces>("pool",
                                    "recordings of this home's past, by which sets are planned "
                                    "and devices imitated")
      .optional()
      .option(
          "sets", &O::sets,
          "Devices whose lines are made equal, set by set: [[\"cam-1\", \"cam-2\"], [\"bulb\", \"lock\"]]; "
          "devices in none of them stay recognisable. Empty: all form one set, or with a budget those that "
          "it allows.")
      .option("budget", &O::budget, ipet::unit("bytes/s"), ipet::minimum(0), ipet::maximum(1e9),
              "Payload of copies per device, in the mean; 0: no limit. Without 'sets', devices are put into "
              "sets that keep it, by what they sent on past days of the input 'pool'; all form one set until "
              "there is one.")
      .option("smallest_set", &O::smallest_set, ipet::minimum(2), ipet::maximum(100'000),
              "With a budget: devices that a set should have at least.")
      .option(
          "over_budget", &O::over_budget, ipet::choices(ipet::defence::over_budgets),
          "A device that no such set takes within the budget. alone: it stays recognisable; shared: it gets "
          "a set that breaks the budget.")
      .option(
          "transfers", &O::transfers, ipet::choices(ipet::defence::transfer_words),
          "What a device sends beyond the budget of a day, which fills up again at its rate. copied: as all "
          "else; alone: it leaves on the device's line only, and such minutes are reported: in them, the "
          "line can be told from others.")
      .option("link_rate", &O::link_rate, ipet::unit("Mbit/s"), ipet::minimum(1e-3), ipet::maximum(1e6),
              "Speed of the link that the lines share: copies leave one transmission time apart.")
      .option("pool_days", &O::pool_days, ipet::minimum(0), ipet::maximum(100'000),
              "Plan by at most so many past days, the youngest; 0: all.")
      .option("day_offset_hours", &O::day_offset_hours, ipet::unit("h"), ipet::minimum(-24),
              ipet::maximum(24), "When a day begins, after midnight UTC.")
      .option("decoys", &O::decoys, ipet::minimum(0), ipet::maximum(10'000),
              "Imitated events per device and day, in the mean, drawn of those on past days of the input "
              "'pool'; 0: none. They hide when somebody uses a device.")
      .option("decoys_per_event", &O::decoys_per_event, ipet::minimum(0), ipet::maximum(10'000),
              "So many more for each event that the device had on past days, so that who has many gets many: "
              "who cannot tell them apart is right about once in this + 1 times.")
      .option("decoy_hours", &O::decoy_hours, ipet::choices(ipet::device_model::hours_words),
              "own: decoys come at about the times of day of the device's own events, so that the time tells "
              "nothing of which is which; uniform: at any, which hides the hours that people keep.")
      .option(
          "phantoms", &O::phantoms,
          "Devices of the input 'pool' that are imitated as wholes, with their timers, from the first "
          "days on which they spoke: they hide whether such a product is in the home. May stand in 'sets'.")
      .option("phantom_models", &O::model_files,
              "The same from files, as the stage device_models writes them and datasets/device-models has "
              "some.")
      .option(
          "phantom_presence", &O::phantom_presence, ipet::choices(ipet::defence::phantom_presences),
          "always: a phantom runs whether there is such a device or not; absent: only where there is none "
          "of its name.")
      .option("phantom_days", &O::phantom_days, ipet::minimum(1), ipet::maximum(100'000),
              "How many days phantoms of the pool are made of; they begin on the day after.")
      .check([](const O& options, const ipet::OptionPlaces& at) {
        if (const auto [option, reason] = options.fault(); !reason.empty()) at.problem(option, reason);
      });
}
