// Files of pictures, and the plugin that writes them.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "stages/plots/gnuplot.hpp"
#include "stages/plots/plots.hpp"
#include "tests/defence/plugin_harness.hpp"
#include "tests/evaluation/comparison_samples.hpp"
#include "tests/plots/support.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::plots {
namespace {

namespace samples = evaluation::samples;
using storage::test::Folder;
using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// Names in a folder, but for where files wait for theirs.
std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(".ipet-tmp-")) names.push_back(name);
  }
  return names;
}

std::vector<std::string> warnings_of(Plots& writer) {
  std::vector<std::string> warnings;
  writer.commit([&](const std::string& what) { warnings.push_back(what); });
  return warnings;
}

TEST(Plots, writes_nothing_before_all_is_drawn_and_the_same_bytes_again) {
  const Folder folder;
  for (const char* name : {"a", "b"}) {
    Plots writer({folder / name, {"T0", "T2"}});
    writer.add(samples::comparison(), "comparison");
    writer.add(samples::example(), "comparison");
    EXPECT_THAT(names_in(folder / name), ElementsAre());
    EXPECT_THAT(warnings_of(writer), ElementsAre());
  }
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "a")) {
    names.push_back(entry.path().filename().string());
    EXPECT_EQ(text_of(entry.path()), text_of(folder / "b" / names.back())) << names.back();
  }
  EXPECT_THAT(names, UnorderedElementsAre("overhead-T0.svg", "overhead-T2.svg", "confusion-T0-chorus.svg",
                                          "confusion-T2-chorus.svg", "confusion-T2-padding.svg",
                                          "line-front_door-cam-chorus.svg"));
}

TEST(Plots, draws_no_further_picture_when_cancelled) {
  const Folder folder;
  Plots writer({folder.path(), {"T0", "T2"}});
  writer.add(samples::comparison(), "comparison");
  struct Enough {};
  int asked = 0;
  writer.on_write([&] {
    if (++asked == 2) throw Enough();
  });
  EXPECT_THROW(warnings_of(writer), Enough);
  EXPECT_THAT(names_in(folder.path()), ElementsAre());
}

TEST(Plots, tells_stages_apart_where_there_are_several) {
  const Folder folder;
  Plots writer({folder.path(), {"T0"}});
  writer.add(samples::comparison(), "one");
  writer.add(samples::comparison(), "two");
  EXPECT_THAT(warnings_of(writer), ElementsAre());
  EXPECT_TRUE(std::filesystem::exists(folder / "one-overhead-T0.svg"));
  EXPECT_TRUE(std::filesystem::exists(folder / "two-overhead-T0.svg"));
}

TEST(Plots, tells_models_of_several_stages_apart_too) {
  const Folder folder;
  Plots writer({folder.path(), {}});
  fingerprint::TrainedModel model;
  model.model = "lstm";
  model.history.resize(2);
  writer.add(model, "one");
  writer.add(model, "two");
  EXPECT_THAT(warnings_of(writer), ElementsAre());
  EXPECT_THAT(names_in(folder.path()),
              UnorderedElementsAre("one-training-lstm.svg", "two-training-lstm.svg"));
}

evaluation::LineExample line_of(const std::string& device, std::size_t packets) {
  evaluation::LineExample line = samples::example();
  line.device = device;
  line.before.assign(packets, line.before.front());
  return line;
}

TEST(Plots, draws_the_busiest_line_that_can_be_drawn_whole_whatever_the_order) {
  const std::vector<evaluation::LineExample> lines{line_of("lock", 5), line_of("cam", 3001),
                                                   line_of("plug", 900), line_of("bulb", 900)};
  for (const bool backwards : {false, true}) {
    const Folder folder;
    Plots writer({folder.path(), {}});
    for (std::size_t i = 0; i < lines.size(); ++i)
      writer.add(lines[backwards ? lines.size() - 1 - i : i], "mixed");
    EXPECT_THAT(warnings_of(writer), ElementsAre());
    EXPECT_THAT(names_in(folder.path()), ElementsAre("line-bulb-chorus.svg")) << backwards;
  }
  const Folder folder;
  Plots writer({folder.path(), {}});
  for (const std::size_t packets : {4000U, 3500U, 5000U})
    writer.add(line_of("cam" + std::to_string(packets), packets), "mixed");
  EXPECT_THAT(warnings_of(writer), ElementsAre());
  EXPECT_THAT(names_in(folder.path()), ElementsAre("line-cam3500-chorus.svg")) << "the least thinned one";
}

TEST(Plots, warns_of_reports_that_nothing_can_be_drawn_of) {
  const Folder folder;
  Plots writer({folder.path(), {"T5"}});
  writer.add(samples::comparison(), "one");
  EXPECT_THAT(warnings_of(writer), ElementsAre("stage 'one' has no scores without a defence of the "
                                               "levels that are to be drawn: no plot"));
  EXPECT_THAT(names_in(folder.path()), ElementsAre());
}

TEST(Plots, leaves_no_file_when_drawing_fails) {
  const Folder folder, empty;
  Plots writer({folder.path(), {"T2"}});
  writer.add(samples::comparison(), "one");
  const test::Variable path("PATH", empty.path().string());
  EXPECT_THAT(error_of([&] { warnings_of(writer); }), HasSubstr("install it"));
  EXPECT_THAT(names_in(folder.path()), ElementsAre());
}

TEST(PlotsPlugin, takes_several_evaluations_lines_models_and_generators) {
  const Folder folder;
  const ipet::test::LoadedStage loaded("plots");
  ipet::test::TestContext context;
  Problems problems;
  const Options options = ipet::test::parse(
      loaded.description,
      {{"folder", (folder / "plots").string()},
       {"levels", Array{Value(std::string("T0")), Value(std::string("T2")), Value(std::string("T4"))}}},
      problems);
  ASSERT_TRUE(problems.empty());
  const auto stage = loaded.description.create(options.get(), context);
  auto& sink = dynamic_cast<SinkStage&>(*stage);
  sink.write(0, make_message(samples::comparison(), "k"), {"0:comparison", 0});
  sink.write(0, make_message(samples::comparison(), "k"), {"0:networks", 0});
  sink.write(0, make_message(samples::example(), "k"), {"0:comparison", 1});
  fingerprint::TrainedModel model;
  model.model = "lstm";
  model.history.resize(2);
  sink.write(0, make_message(std::move(model), "k"), {"0:discriminator", 0});
  generator::GeneratorSet generators;
  generators.chains.resize(1);
  generators.chains[0].generations.resize(1);
  sink.write(0, make_message(std::move(generators), "k"), {"0:generators", 0});
  sink.commit();
  EXPECT_TRUE(context.warnings.empty());
  EXPECT_THAT(names_in(folder / "plots"),
              UnorderedElementsAre("comparison-overhead-T0.svg", "comparison-overhead-T2.svg",
                                   "comparison-confusion-T0-chorus.svg", "comparison-confusion-T2-chorus.svg",
                                   "comparison-confusion-T2-padding.svg", "networks-overhead-T0.svg",
                                   "networks-overhead-T2.svg", "networks-confusion-T0-chorus.svg",
                                   "networks-confusion-T2-chorus.svg", "networks-confusion-T2-padding.svg",
                                   "line-front_door-cam-chorus.svg", "training-lstm.svg", "generations.svg"));
}

TEST(PlotsPlugin, draws_one_of_the_lines_that_come_through_an_input) {
  for (const std::string input : {"3:", ""}) {  // of several, of one
    const Folder folder;
    const ipet::test::LoadedStage loaded("plots");
    ipet::test::TestContext context;
    Problems problems;
    const Options options =
        ipet::test::parse(loaded.description, {{"folder", (folder / "plots").string()}}, problems);
    const auto stage = loaded.description.create(options.get(), context);
    auto& sink = dynamic_cast<SinkStage&>(*stage);
    for (const char* device : {"plug", "a:b", "bulb"})
      for (const char* capture : {"000000/", "000001/"})
        sink.write(0, make_message(line_of(device, 7), "k"), {input + capture + device, 0});
    sink.commit();
    EXPECT_THAT(names_in(folder / "plots"), ElementsAre("line-a-b-chorus.svg")) << input;
  }
}

TEST(PlotsPlugin, finds_out_beforehand_that_it_cannot_draw) {
  const Folder folder;
  const ipet::test::LoadedStage loaded("plots");
  Problems problems;
  const Options options =
      ipet::test::parse(loaded.description, {{"folder", folder.path().string()}}, problems);
  loaded.description.check_environment(options.get(), {}, problems);
  EXPECT_TRUE(problems.empty());
  const test::Variable path("PATH", folder.path().string());
  loaded.description.check_environment(options.get(), {}, problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].message, HasSubstr("gnuplot"));
}

}  // namespace
}  // namespace ipet::plots
