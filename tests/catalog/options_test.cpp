// Options bound to members of members and of bases, to enumerations, times and components.
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/definition/toml_reader.hpp"
#include "pipeline/sdk/catalog.hpp"

namespace {

using namespace ipet;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

enum class Clock { near, far };

struct Colour {
  static constexpr std::string_view type_name = "colour";
  static constexpr int type_version = 1;
  virtual ~Colour() = default;
  [[nodiscard]] virtual std::string name() const = 0;
};
struct Red final : Colour {
  [[nodiscard]] std::string name() const override { return "red"; }
};

struct Slot {
  std::chrono::nanoseconds omega{100'000'000};
  double patience = 2;
};
struct Grid {
  Slot slot;
  int rows = 3;
};
struct Base {
  int seeds = 1;
};
struct Sample : Base {
  Grid grid;
  Clock clock = Clock::far;
  std::vector<Clock> clocks{Clock::near};
  std::shared_ptr<const Colour> colour;
};

/// The catalog of one plugin, which finds its own components.
class Plugin final : public Catalog, public ComponentSource {
 public:
  void add(StageDescription) override {}
  void add(ComponentDescription component) override { components.push_back(std::move(component)); }
  const ComponentDescription* find_component(const TypeName&, const std::string& name, const Place& where,
                                             Problems& problems) override {
    for (const ComponentDescription& each : components)
      if (each.name == name) return &each;
    problems.push_back({"unknown", where, "no component '" + name + "'", {}});
    return nullptr;
  }
  std::vector<ComponentDescription> components;
};

class SampleOptions : public ::testing::Test {
 protected:
  SampleOptions() {
    plugin_.component<Colour, Red>("red");
    binder_.add("omega", within(&Sample::grid, &Grid::slot, &Slot::omega), unit("s"), minimum(0.001),
                maximum(60));
    binder_.add("patience", within(&Sample::grid, &Grid::slot, &Slot::patience), unit("min"));
    binder_.add("rows", within(&Sample::grid, &Grid::rows), minimum(1));
    binder_.add("seeds", &Sample::seeds);
    binder_.add("clock", &Sample::clock, choices<Clock>({{"near", Clock::near}, {"far", Clock::far}}));
    binder_.add(
        "clocks", &Sample::clocks,
        choices(std::array<std::pair<const char*, Clock>, 2>{{{"near", Clock::near}, {"far", Clock::far}}}));
    binder_.add("colour", &Sample::colour, fallback("red"));
  }
  std::shared_ptr<const Sample> read(const std::string& inline_table) {
    problems_.clear();
    const Options options = binder_.build("sample").parse(*definition::parse_toml_value(inline_table),
                                                          "stage 's'", plugin_, problems_);
    return std::static_pointer_cast<const Sample>(options);
  }
  std::vector<std::string> faults(const std::string& inline_table) {
    EXPECT_EQ(read(inline_table), nullptr);
    std::vector<std::string> out;
    for (const Problem& problem : problems_) out.push_back(problem.message + " | " + problem.hint);
    return out;
  }
  std::string preset(const std::string& name) const {
    for (const OptionDescription& option : binder_.build("sample").options)
      if (option.name == name) return option.fallback.toml();
    return "no such option";
  }

  Plugin plugin_;
  OptionBinder<Sample> binder_;
  Problems problems_;
};

TEST_F(SampleOptions, HaveTheDefaultsOfTheirMembers) {
  EXPECT_EQ(preset("omega"), "0.1");
  EXPECT_EQ(preset("patience"), "2.0");
  EXPECT_EQ(preset("rows"), "3");
  EXPECT_EQ(preset("clock"), "\"far\"");
  EXPECT_EQ(preset("clocks"), "[\"near\"]");
  EXPECT_EQ(preset("colour"), "\"red\"");
}

TEST_F(SampleOptions, ReachMembersOfMembersAndOfBases) {
  const auto sample = read("{ rows = 7, seeds = 5 }");
  ASSERT_NE(sample, nullptr);
  EXPECT_EQ(sample->grid.rows, 7);
  EXPECT_EQ(sample->seeds, 5);
  EXPECT_EQ(sample->grid.slot.omega, std::chrono::milliseconds(100));  // untouched
}

TEST_F(SampleOptions, OfAnEnumerationTakeItsWords) {
  const auto sample = read("{ clock = \"near\", clocks = [\"far\", \"near\"] }");
  ASSERT_NE(sample, nullptr);
  EXPECT_EQ(sample->clock, Clock::near);
  EXPECT_THAT(sample->clocks, ElementsAre(Clock::far, Clock::near));
  EXPECT_THAT(
      faults("{ clock = \"nera\" }"),
      ElementsAre("stage 's': option 'clock' is \"nera\" | did you mean 'near'?  choices: near, far"));
}

TEST_F(SampleOptions, OfTimeTakeANumberInTheirUnitOrATextWithItsOwn) {
  for (const char* omega : {"0.25", "\"250 ms\"", "\"250ms\"", "\"0.25 s\"", "\"250000 us\""})
    EXPECT_EQ(read(std::string("{ omega = ") + omega + " }")->grid.slot.omega, std::chrono::milliseconds(250))
        << omega;
  EXPECT_EQ(read("{ omega = 2 }")->grid.slot.omega, std::chrono::seconds(2));
  EXPECT_EQ(read("{ patience = \"3 h\" }")->grid.slot.patience, 180);
  EXPECT_EQ(read("{ patience = \"1 d\" }")->grid.slot.patience, 1440);
}

TEST_F(SampleOptions, OfTimeSayWhatTheyTake) {
  const std::string hint =
      " | a number in s, or a time such as \"100 ms\", \"2 s\", \"15 min\", \"3 h\" or \"1 d\"";
  for (const char* text : {"100", "100 meters", "ms", "1 h 5 min", ""})
    EXPECT_THAT(faults(std::string("{ omega = \"") + text + "\" }"),
                ElementsAre(std::string("stage 's': option 'omega' takes float, not string \"") + text +
                            "\"" + hint));
  EXPECT_THAT(faults("{ omega = \"2 min\" }"),
              ElementsAre("stage 's': option 'omega' is \"2 min\", must be between 0.001 and 60.0 s | "));
}

TEST_F(SampleOptions, HoldAComponentWithoutItsName) {
  EXPECT_EQ(read("{}")->colour->name(), "red");
  EXPECT_THAT(faults("{ colour = \"blue\" }"), ElementsAre("no component 'blue' | "));
}

TEST(Component, CanBeMadeByAFunction) {
  struct Named final : Colour {
    explicit Named(int number) : number(number) {}
    [[nodiscard]] std::string name() const override { return "colour " + std::to_string(number); }
    int number;
  };
  Plugin plugin;
  plugin
      .component<Colour, Base>("number",
                               [](const Base& options) -> std::shared_ptr<const Colour> {
                                 return std::make_shared<const Named>(options.seeds);
                               })
      .option("seeds", &Base::seeds);
  Problems problems;
  const ComponentDescription& made = plugin.components.at(0);
  const Options options =
      made.options.parse(*definition::parse_toml_value("{ seeds = 4 }"), "x", plugin, problems);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(std::static_pointer_cast<const Colour>(made.create(options.get()))->name(), "colour 4");
}

}  // namespace
