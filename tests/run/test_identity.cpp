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
