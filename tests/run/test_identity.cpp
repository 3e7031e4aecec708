// What counts as the same definition of a result.
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "pipeline/run/identity.hpp"
#include "tests/run/output_files.hpp"

namespace ipet::run::test {
namespace {

OptionDescription option(const std::string& name, const std::string& type, Value fallback,
                         const std::string& unit = {}) {
  OptionDescription made;
  made.unit = unit;
  made.name = name;
  made.type = type;
  made.fallback = std::move(fallback);
  return made;
}

/// A source and a map before a sink, and another sink beside it. `change` is called before the plan is built.
std::string identity(const std::function<void(PlanBuilder&)>& change, const std::string& version = "1") {
  PlanBuilder plan;
  plan.described("numbers").options.options = {option("files", "list of string", Value(Array{})),
                                               option("rate", "float", Value(4.0), "s"),
                                               option("home", "path", Value(std::string("home.toml")))};
  plan.described("writer").options.options = {option("file", "path", Value(std::string()))};
  plan.plan.run.output = "out";
  plan.stage("in", "numbers", numbers({{1}}));
  plan.stage("map", "mapper", ToyMap::Options{});
  plan.stage("other", "writer", ToySink::Options{}).stage("store", "writer", ToySink::Options{});
  plan.edge("in", "map").edge("map", "store").edge("in", "other");
  change(plan);
  return identity_of(plan.build(), 3, version);
}

std::string with(std::size_t stage, const std::string& name, Value value) {
  return identity([&](PlanBuilder& plan) {
    plan.plan.stages[stage].options_table.table()->push_back({name, {}, value});
  });
}
Value text(const std::string& text) {
  return Value(text);
}

TEST(Identity, IsThatOfWhatDecidesTheResult) {
  const std::string usual = identity([](PlanBuilder&) {});
  EXPECT_EQ(identity([](PlanBuilder& plan) { plan.plan.run.threads = 7; }), usual);
  EXPECT_EQ(identity([](PlanBuilder& plan) { plan.plan.run.memory_mib = 7; }), usual);
  EXPECT_EQ(identity([](PlanBuilder& plan) { plan.plan.run.output = "elsewhere"; }), usual);
  EXPECT_EQ(identity([](PlanBuilder& plan) { plan.plan.resolved = "# a remark"; }), usual);
  EXPECT_EQ(with(2, "file", text("plots.csv")), usual) << "the other sink takes no part in this result";
  std::set<std::string> others = {usual};
  others.insert(identity([](PlanBuilder& plan) { plan.plan.run.seed = 7; }));
  others.insert(identity([](PlanBuilder& plan) { plan.plan.name = "another"; }));  // it is in the file
  others.insert(identity([](PlanBuilder&) {}, "2"));
  others.insert(identity([](PlanBuilder& plan) { plan.plan.stages[1].id = "another"; }));
  others.insert(identity([](PlanBuilder& plan) { plan.edge("in", "store"); }));
  others.insert(with(0, "rate", Value(4.5)));
  others.insert(with(0, "files", text("a*")));
  others.insert(with(0, "files", Value(Array{text("a*"), text("b*")})));
  others.insert(with(0, "home", text("other.toml")));
  others.insert(with(3, "file", text("out/a.csv")));
  EXPECT_EQ(others.size(), 11U);
}

TEST(Identity, OfAWordIsTheSameWhateverFilesLieAround) {
  const Folder folder;
  const fs::path here = fs::current_path();
  fs::current_path(folder.path);
  const std::string before = with(0, "files", text("skip"));
  std::ofstream("skip") << "a file of that name";
  const std::string after = with(0, "files", text("skip"));
  fs::current_path(here);
  EXPECT_EQ(before, after);
}

TEST(Identity, IsTheSameHoweverAValueIsWritten) {
  const std::string usual = identity([](PlanBuilder&) {});
  EXPECT_EQ(with(0, "rate", Value(4.0)), usual) << "the default, said";
  EXPECT_EQ(with(0, "rate", Value(std::int64_t{4})), usual);
  EXPECT_EQ(with(0, "rate", text("4000 ms")), usual);
  EXPECT_EQ(with(0, "home", text("./home.toml")), usual);
  EXPECT_EQ(with(0, "home", text((fs::current_path() / "home.toml").string())), usual);
  EXPECT_EQ(with(0, "files", text("a*")), with(0, "files", Value(Array{text("a*")})));
  EXPECT_EQ(with(0, "files", text("x/a*")), with(0, "files", text("./x/../x//a*")));
}

/// Of a map whose options name formulas; one of them may name another.
std::string with_formulas(const std::string& name, Value value) {
  const auto formula = [](const std::string& called, std::vector<OptionDescription> options) {
    ComponentDescription made;
    made.name = called;
    made.options.options = std::move(options);
    return made;
  };
  const auto naming = [](const std::string& option_name, const std::string& type, Value fallback) {
    OptionDescription made = option(option_name, type, std::move(fallback));
    made.component = ComponentReference{{"formula", 1, 0}};
    return made;
  };
  const ComponentDescription line = formula("line", {option("gap", "float", Value(0.1), "s")});
  const ComponentDescription sum = formula("sum", {naming("part", "formula", text("line"))});
  return identity([&](PlanBuilder& plan) {
    plan.described("mapper").options.options = {naming("one", "formula", text("line")),
                                                naming("all", "list of formula", Value(Array{text("sum")}))};
    plan.plan.stages[1].components = {
        {"formula 'line'", &line}, {"formula 'straight'", &line}, {"formula 'sum'", &sum}};
    plan.plan.stages[1].options_table.table()->push_back({name, {}, std::move(value)});
  });
}
Value table(std::vector<std::pair<std::string, Value>> entries) {
  Value made;
  for (auto& [key, value] : entries) made.table()->push_back({key, {}, value});
  return made;
}

TEST(Identity, IsTheSameHoweverAComponentIsWritten) {
  const std::string usual = with_formulas("one", text("line"));
  EXPECT_EQ(with_formulas("one", text("straight")), usual) << "its former name";
  EXPECT_EQ(with_formulas("one", table({{"name", text("line")}})), usual);
  for (Value gap : {Value(0.1), text("100 ms")})
    EXPECT_EQ(with_formulas("one", table({{"gap", gap}, {"name", text("straight")}})), usual) << gap.toml();
  const Value within =
      table({{"name", text("sum")}, {"part", table({{"name", text("line")}, {"gap", text("100ms")}})}});
  EXPECT_EQ(with_formulas("all", within), usual)
      << "one stands for a list of one, and its part is the default";
}

TEST(Identity, IsThatOfTheOptionsOfAComponent) {
  std::set<std::string> all = {with_formulas("one", text("line")), with_formulas("one", text("sum"))};
  all.insert(with_formulas("one", table({{"name", text("line")}, {"gap", text("200 ms")}})));
  all.insert(with_formulas("all", Value(Array{text("sum"), text("sum")})));
  const Value part = table({{"name", text("line")}, {"gap", Value(0.2)}});
  all.insert(with_formulas("all", table({{"name", text("sum")}, {"part", part}})));
  EXPECT_EQ(all.size(), 5U);
}

TEST(Identity, OfAFolderIsThatOfThePlaceThatItsPathLeadsTo) {
  const Folder folder;
  fs::create_directory(folder / "home");
  fs::create_directory_symlink("home", folder / "link");
  const auto of = [&](const std::string& path) {
    return with(0, "files", text(folder.path.string() + path));
  };
  const std::string usual = of("/home");
  for (const char* spelling : {"/home/", "/link", "/link/", "/./home", "//home", "/link/../home"})
    EXPECT_EQ(of(spelling), usual) << spelling;
  EXPECT_NE(of("/other"), usual);
  fs::remove(folder / "link");
  EXPECT_NE(of("/link"), usual);
}

TEST(Identity, OfPathsBelowTheOutputFolderGoesWithIt) {
  const auto in = [](const std::string& output, const std::string& file) {
    return identity([&](PlanBuilder& plan) {
      plan.plan.run.output = output;
      plan.plan.stages[3].options_table.table()->push_back({"file", {}, text(file)});
    });
  };
  EXPECT_EQ(in("a", "a/r.csv"), in("./b/c/", "b/c/r.csv"));
  EXPECT_NE(in("a", "a/r.csv"), in("a", "a/s.csv"));
  EXPECT_NE(in("a", "a/r.csv"), in("a", "ab/r.csv"));
}

}  // namespace
}  // namespace ipet::run::test
