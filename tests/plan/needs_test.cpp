// Inputs that a stage has because of the components that its options name.
#include "pipeline/plan/needs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/plan/graph.hpp"
#include "tests/plan/planning.hpp"

namespace {

using ipet::Value;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using toys::Formula, toys::Line, toys::Number, toys::NumberSet, toys::Word;

struct ChooserOptions {
  ipet::Component<Formula> formula{"line", {}, {}};
  std::vector<ipet::Component<Formula>> others;
  ipet::Component<Formula> own{"line", {}, {}};  ///< whose needs nobody hands on
};

struct Chooser {
  using Options = ChooserOptions;
  Chooser(const Options&, ipet::StageContext&) {}
  void on_message(const Number& n, ipet::Emitter& emit) const { emit(n); }
};

struct SumOptions {
  ipet::Component<Formula> part{"line", {}, {}};
};

struct Sum final : Formula {
  using Options = SumOptions;
  explicit Sum(const Options&) {}
  [[nodiscard]] double at(double x) const override { return x; }
};

class NeedySource final : public ipet::catalog::StageSource {
 public:
  NeedySource() {
    toys::register_stages(registry_);
    ipet::Catalog& catalog = registry_;
    catalog.component<Formula, Line>("line");
    catalog.component<Formula, Line>("learned").needs<NumberSet>("table", "what a fitter gives");
    catalog.component<Formula, Line>("pliable").needs<NumberSet>("table").optional();
    catalog.component<Formula, Line>("spelt").needs<Word>("table", "letters");
    catalog.component<Formula, Line>("noted").needs<Word>("note", "letters");
    catalog.component<Formula, Line>("settled").needs<NumberSet>("past");
    catalog.component<Formula, Sum>("sum").option("part", &SumOptions::part, ipet::passes_needs());
    catalog.map<Chooser>("chooser")
        .input<Number>("numbers")
        .whole<NumberSet>("extra")
        .optional()
        .output<Number>("chosen")
        .meets<NumberSet>("past")
        .option("formula", &ChooserOptions::formula, ipet::passes_needs())
        .option("others", &ChooserOptions::others, ipet::passes_needs())
        .option("own", &ChooserOptions::own);
  }
  const ipet::StageDescription* find_stage(const std::string& name, const ipet::Place&,
                                           ipet::Problems&) override {
    return registry_.stage(name);
  }
  const ipet::ComponentDescription* find_component(const ipet::TypeName& interface, const std::string& name,
                                                   const ipet::Place& where,
                                                   ipet::Problems& problems) override {
    const auto* found = registry_.component(interface, name);
    if (found == nullptr) problems.push_back({"unknown-component", where, "no formula '" + name + "'", {}});
    return found;
  }

 private:
  ipet::catalog::Registry registry_;
};

Value text(const std::string& word) {
  return Value(Value::Data(word));
}
Value sum_of(const std::string& part) {
  Value table;
  table.table()->push_back({"name", {}, text("sum")});
  table.table()->push_back({"part", {}, text(part)});
  return table;
}
Value list(std::vector<Value> values) {
  return Value(Value::Data(std::move(values)));
}

using Inputs = std::vector<std::pair<std::string, std::string>>;
using Given = std::vector<std::pair<std::string, Value>>;

struct Planned {
  NeedySource source;
  ipet::Problems problems;
  ipet::plan::Plan plan;

  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& problem : problems) out.push_back(problem.message + " | " + problem.hint);
    return out;
  }
  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const auto& warning : plan.warnings)
      if (warning.code == "unused-input") out.push_back(warning.message + " | " + warning.hint);
    return out;
  }
  [[nodiscard]] std::vector<std::string> stages() const {
    std::vector<std::string> out;
    for (const auto& stage : plan.stages) out.push_back(stage.id);
    return out;
  }
};

/// Numbers, a fit of them, and a chooser with these inputs and options.
std::unique_ptr<Planned> choose(const Inputs& inputs, const Given& options) {
  auto definition = plan_test::definition_of({{"n", "counter", {}},
                                              {"fit", "fitter", {{"", "n"}}},
                                              {"choice", "chooser", inputs},
                                              {"keep", "store", {{"", "choice"}}}});
  Value table;
  for (const auto& [name, value] : options) table.table()->push_back({name, {}, value});
  definition.stages[2].options = table;
  auto out = std::make_unique<Planned>();
  out->plan = ipet::plan::make_plan(definition, out->source, out->problems);
  return out;
}

const Inputs with_table = {{"numbers", "n"}, {"table", "fit"}};

TEST(Need, OfAComponentIsAnInputOfItsStage) {
  const auto planned = choose(with_table, {{"formula", text("learned")}});
  ASSERT_THAT(planned->texts(), IsEmpty());
  const auto& choice = planned->plan.stages.at(2);
  ASSERT_EQ(choice.id, "choice");
  EXPECT_EQ(choice.description->inputs.back().name, "table");
  EXPECT_EQ(choice.description->inputs.back().needed_by, "formula 'learned'");
  EXPECT_THAT(ipet::plan::plan_text(planned->plan), ::testing::HasSubstr("fit (number_set/1)"));
}

TEST(Need, ThatIsNotConnectedNamesTheComponentTheTypeAndWhatGivesIt) {
  const auto planned = choose({{"numbers", "n"}}, {{"formula", text("learned")}});
  EXPECT_THAT(planned->texts(),
              ElementsAre("stage 'choice': the formula 'learned' needs the input 'table' (number_set/1 or a "
                          "stream of number/1), which is not connected | connect what a fitter gives: "
                          "inputs.table = \"fit.fit\""));
}

TEST(Need, ThatIsOptionalMayBeLeftOut) {
  EXPECT_THAT(choose({{"numbers", "n"}}, {{"formula", text("pliable")}})->texts(), IsEmpty());
  EXPECT_THAT(choose(with_table, {{"formula", text("pliable")}})->texts(), IsEmpty());
}

TEST(Need, OfOneInAListIsFound) {
  const Given given = {{"others", list({text("line"), text("pliable"), text("learned")})}};
  EXPECT_THAT(choose(with_table, given)->texts(), IsEmpty());
  const auto planned = choose({{"numbers", "n"}}, given);
  ASSERT_EQ(planned->problems.size(), 1U);
  EXPECT_EQ(planned->problems[0].code, "unconnected-need");
}

TEST(Need, OfAComponentWithinAComponentIsFound) {
  EXPECT_THAT(choose(with_table, {{"formula", sum_of("learned")}})->texts(), IsEmpty());
  EXPECT_EQ(choose({{"numbers", "n"}}, {{"formula", sum_of("learned")}})->problems.size(), 1U);
}

TEST(Need, OfOneNameButTwoTypesIsRefused) {
  const auto planned = choose(with_table, {{"others", list({text("learned"), text("spelt")})}});
  EXPECT_THAT(planned->texts(),
              ElementsAre("stage 'choice': the formula 'spelt' needs an input 'table' of word/2, and the "
                          "formula 'learned' has one of number_set/1 | components of one stage share what "
                          "has one name; put them into stages of their own"));
}

TEST(Need, ThatNobodyHandsOnIsRefused) {
  const auto planned = choose({{"numbers", "n"}}, {{"own", text("learned")}});
  EXPECT_THAT(
      planned->texts(),
      ElementsAre("stage 'choice': the formula 'learned' needs the input 'table', which is not handed "
                  "on to the option 'own' | its author does so with passes_needs "
                  "(pipeline/sdk/options.hpp)"));
}

TEST(Need, ThatTheStageMeetsItselfIsNoInput) {
  const auto planned = choose({{"numbers", "n"}}, {{"formula", text("settled")}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_EQ(planned->plan.stages.at(2).description->inputs.size(), 2U);
}

/// A description that somebody else wrote: the default of an option of "sum" is "sum".
class CircleSource final : public ipet::catalog::StageSource {
 public:
  const ipet::StageDescription* find_stage(const std::string& name, const ipet::Place& where,
                                           ipet::Problems& problems) override {
    return inner_.find_stage(name, where, problems);
  }
  const ipet::ComponentDescription* find_component(const ipet::TypeName& interface, const std::string& name,
                                                   const ipet::Place& where,
                                                   ipet::Problems& problems) override {
    circle_ = *inner_.find_component(interface, name, where, problems);
    for (auto& option : circle_.options.options) option.fallback = text("sum");
    return &circle_;
  }

 private:
  NeedySource inner_;
  ipet::ComponentDescription circle_;
};

TEST(Need, OfAComponentThatIsItsOwnDefaultIsRefused) {
  CircleSource source;
  ipet::Problems problems;
  Value table;
  table.table()->push_back({"formula", {}, text("sum")});
  ipet::plan::stage_needs(*source.find_stage("chooser", {}, problems), table, "stage 'choice'", source,
                          problems);
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems.front().code, "component-circle");
  EXPECT_EQ(problems.front().message,
            "stage 'choice': the formula 'sum' has itself as a default, perhaps through others");
}

TEST(Plan, KnowsAllComponentsThatOptionsName) {
  const auto planned = choose(with_table, {{"formula", sum_of("learned")}});
  std::vector<std::string> names;
  for (const auto& [text, description] : planned->plan.stages.at(2).components)
    names.push_back(text + " " + description->name);
  EXPECT_THAT(names, ElementsAre("formula 'learned' learned", "formula 'line' line", "formula 'sum' sum"));
}

TEST(Input, ThatNoChosenComponentNeedsIsLeftOutWithAllThatIsMadeForIt) {
  const auto planned = choose(with_table, {{"formula", text("line")}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_THAT(planned->stages(), ElementsAre("n", "choice", "keep"));
  EXPECT_THAT(planned->warnings(),
              ElementsAre("stage 'choice': nothing takes the input 'table' | the formula "
                          "'line' does not need it; not run, since nothing else takes "
                          "what they make: 'fit'"));
}

TEST(Input, ThatIsLeftOutNamesTheStagesThatWorkForItAloneAndNoOthers) {
  auto definition =
      plan_test::definition_of({{"n", "counter", {}},
                                {"fit", "fitter", {{"", "n"}}},
                                {"kept", "fitter", {{"", "n"}}},
                                {"first", "chooser", {{"numbers", "n"}, {"table", "fit"}}},
                                {"second", "chooser", {{"numbers", "n"}, {"table", "kept"}}},
                                {"keep", "store", {{"", "first"}, {"", "second"}, {"", "kept"}}}});
  Planned planned;
  planned.plan = ipet::plan::make_plan(definition, planned.source, planned.problems);
  EXPECT_THAT(planned.texts(), IsEmpty());
  const std::string without = "nothing takes the input 'table' | the formula 'line' does not need it";
  EXPECT_THAT(planned.warnings(), ElementsAre("stage 'first': " + without +
                                                  "; not run, since nothing else takes what they make: 'fit'",
                                              "stage 'second': " + without));
}

TEST(Input, ThatIsMisspeltIsAnErrorAllTheSame) {
  const auto planned = choose({{"numbers", "n"}, {"tabel", "fit"}}, {{"formula", text("pliable")}});
  EXPECT_THAT(planned->texts(), ElementsAre("stage 'choice': no input 'tabel' | did you mean 'table'?  "
                                            "chooser has: extra, numbers, table"));
}

TEST(Input, OfAComponentThatDoesNotExistIsNoSecondError) {
  const auto planned = choose(with_table, {{"formula", text("learnt")}});
  EXPECT_THAT(planned->texts(), ElementsAre("no formula 'learnt' | "));
}

}  // namespace
