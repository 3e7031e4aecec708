// The adapters `csv_reader`, `csv_writer` and `npy_writer`, as the runtime would call them.
#include <gmock/gmock.h>

#include "stages/interchange/npy_writer.hpp"
#include "tests/defence/plugin_harness.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::interchange {
namespace {

using ipet::test::Given;
using ipet::test::LoadedStage;
using ipet::test::TestContext;
using ipet::test::TestEmitter;
using storage::test::Folder;
using storage::test::window_batch;
using traffic::PacketBatch;

const std::string header =
    "frame.time_relative\tip.src\tip.dst\tip.proto\ttcp.len\tudp.length\teth.src\teth.dst\n";
const std::string row = "0.5\t192.168.1.2\t8.8.8.8\t6\t10\t\t\t\n";

std::unique_ptr<Stage> create(const LoadedStage& loaded, const Given& given, TestContext& context) {
  Problems problems;
  const Options options = ipet::test::parse(loaded.description, given, problems);
  if (!problems.empty()) throw std::runtime_error(problems.front().message);
  return loaded.description.create(options.get(), context);
}

Value::Data list(const std::vector<std::string>& texts) {
  Array array;
  for (const std::string& text : texts) array.push_back(Value(Value::Data(text)));
  return array;
}

std::vector<Message> read_all(SourceStage& stage, std::size_t unit, const std::string& name) {
  TestEmitter emitter(name);
  const auto reader = stage.open(unit);
  while (reader->next(emitter)) {
  }
  return std::move(emitter.sent);
}

TEST(CsvReaderPlugin, gives_each_trace_its_number_name_and_start) {
  const Folder folder;
  std::ofstream(folder / "day1.csv") << header << row;
  std::ofstream(folder / "day2.csv") << header << row;
  const LoadedStage loaded("csv_reader");
  TestContext context;
  const auto stage = create(
      loaded, {{"files", folder.path().string()}, {"start", list({"100", "2021-03-08T15:22:15Z"})}}, context);
  auto& source = dynamic_cast<SourceStage&>(*stage);
  ASSERT_THAT(source.units(), testing::ElementsAre("day1.csv", "day2.csv"));
  const auto sent = read_all(source, 1, "day2");
  ASSERT_EQ(sent.size(), 1U);
  const auto& batch = sent[0].as<PacketBatch>();
  EXPECT_EQ(batch.capture, 1U);
  EXPECT_EQ(*batch.capture_name, "day2.csv");
  EXPECT_THAT(*batch.files, testing::ElementsAre((folder / "day2.csv").string()));
  EXPECT_EQ(batch.packets.at(0).time, 1'615'216'935'500'000'000);
  EXPECT_EQ(read_all(source, 0, "day1")[0].as<PacketBatch>().packets.at(0).time, 100'500'000'000);
  EXPECT_THAT(context.inputs, testing::ElementsAre(folder / "day2.csv", folder / "day1.csv"));
}

TEST(CsvReaderPlugin, gives_an_empty_batch_for_a_trace_without_packets_and_warns) {
  const Folder folder;
  std::ofstream(folder / "x.csv") << header;
  const LoadedStage loaded("csv_reader");
  TestContext context;
  const auto stage = create(loaded, {{"files", (folder / "x.csv").string()}}, context);
  const auto sent = read_all(dynamic_cast<SourceStage&>(*stage), 0, "x");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_TRUE(sent[0].as<PacketBatch>().packets.empty());
  EXPECT_THAT(context.warnings, testing::ElementsAre((folder / "x.csv").string() + ": a trace without rows"));
}

TEST(CsvReaderPlugin, leaves_traces_out_that_are_none_or_have_no_good_row) {
  const Folder folder;
  std::ofstream(folder / "a.csv") << "no,header\n";
  std::ofstream(folder / "b.csv") << header << row;
  std::ofstream(folder / "c.csv") << header << "bad\n";
  const LoadedStage loaded("csv_reader");
  TestContext context;
  {
    // One time for each trace that was given, also for those left out.
    const auto stage =
        create(loaded, {{"files", folder.path().string()}, {"start", list({"100", "200", "300"})}}, context);
    auto& source = dynamic_cast<SourceStage&>(*stage);
    ASSERT_THAT(source.units(), testing::ElementsAre("b.csv"));
    const auto sent = read_all(source, 0, "b");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].as<PacketBatch>().packets.at(0).time, 200'500'000'000);
    TestEmitter emitter;
    source.finish(emitter);
  }
  EXPECT_THAT(
      context.warnings,
      testing::ElementsAre(
          testing::StartsWith("left out: " + (folder / "a.csv").string() + ": no column"),
          "left out: " + (folder / "c.csv").string() +
              ": none of its 1 row is a good TCP or UDP row: 1 bad, the first one " +
              (folder / "c.csv").string() + ":2: cells: 1, columns: 8",
          "2 of 3 traces left out, the others are used; on_bad_file = \"stop\" ends the run instead"));
}

TEST(CsvReaderPlugin, names_all_traces_that_cannot_be_read_when_they_are_to_stop_it) {
  const Folder folder;
  const std::string here = folder.path().string();
  std::ofstream(folder / "a.csv") << "no,header\n";
  std::ofstream(folder / "b.csv") << header << row;
  std::ofstream(folder / "c.csv") << header << "bad\n";
  const LoadedStage loaded("csv_reader");
  const auto error_of = [&](const Given& given) -> std::string {
    TestContext context;
    try {
      (void)create(loaded, given, context);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  const std::string bad = here + "/c.csv: none of its 1 row is a good TCP or UDP row: 1 bad, the first one " +
                          here + "/c.csv:2: cells: 1, columns: 8";
  EXPECT_THAT(
      error_of({{"files", here}, {"on_bad_file", std::string("stop")}}),
      testing::AllOf(testing::StartsWith("2 of 3 traces cannot be read:\n  " + here + "/a.csv: no column"),
                     testing::EndsWith("\n  " + bad)));
  EXPECT_EQ(error_of({{"files", here + "/c.csv"}}), bad);
}

TEST(CsvReaderPlugin, refuses_starts_that_do_not_fit) {
  const Folder folder;
  std::ofstream(folder / "x.csv") << header << row;
  const LoadedStage loaded("csv_reader");
  TestContext context;
  const auto error = [&](const Value::Data& start) {
    try {
      create(loaded, {{"files", (folder / "x.csv").string()}, {"start", start}}, context);
    } catch (const std::runtime_error& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  EXPECT_EQ(error(std::string("tomorrow")),
            "stage 'x': option 'start': 'tomorrow' is neither a time in UTC such as 2021-03-08T15:22:15Z nor "
            "seconds "
            "since the epoch");
  EXPECT_EQ(error(list({"1", "2"})),
            "option 'start' gives 2 times for 1 traces; give one for all, or one each");
  EXPECT_EQ(error(list({})), "stage 'x': option 'start': names no time");
}

TEST(CsvReaderPlugin, finds_files_that_are_no_traces_before_a_run) {
  const Folder folder;
  std::ofstream(folder / "x.csv") << "Device\tMAC ADDRESS\tIPs\tHostname\n";
  const LoadedStage loaded("csv_reader");
  Problems problems;
  const Options options = ipet::test::parse(
      loaded.description, {{"files", list({(folder / "x.csv").string(), "absent"})}}, problems);
  loaded.description.check_environment(options.get(), {}, problems);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_THAT(problems[0].message, testing::StartsWith("absent: no such file or folder (from folder "));
  EXPECT_THAT(problems[1].message,
              testing::StartsWith((folder / "x.csv").string() + ": no column frame.time_relative"));
}

TEST(WriterPlugins, write_what_they_get_at_commit) {
  const Folder folder;
  for (const std::string name : {"csv_writer", "npy_writer"}) {
    const LoadedStage loaded(name);
    const bool csv = name == "csv_writer";
    TestContext context;
    const auto stage =
        create(loaded, {{csv ? "file" : "folder", (folder / (csv ? "x.csv" : "npy")).string()}}, context);
    auto& sink = dynamic_cast<SinkStage&>(*stage);
    sink.write(0, make_message(window_batch(0, 1, 0, 3), "k"), {"lane", 0});
    EXPECT_FALSE(std::filesystem::exists(folder / (csv ? "x.csv" : "npy/new_labels.npy")));
    sink.commit();
    EXPECT_TRUE(context.warnings.empty());
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "x.csv"));
  EXPECT_TRUE(std::filesystem::exists(folder / "npy/new_labels.npy"));
}

TEST(WriterPlugins, find_out_beforehand_that_they_cannot_write) {
  const Folder folder;
  for (const std::string name : {"csv_writer", "npy_writer"}) {
    const LoadedStage loaded(name);
    std::ofstream(folder / "file") << "";
    Problems problems;
    const std::string option = name == "csv_writer" ? "file" : "folder";
    const Options options =
        ipet::test::parse(loaded.description, {{option, (folder / "file" / "x").string()}}, problems);
    loaded.description.check_environment(options.get(), {}, problems);
    ASSERT_EQ(problems.size(), 1U) << name;
    EXPECT_THAT(problems[0].message, testing::EndsWith((folder / "file").string() + " is not a folder"));
  }
}

/// What a writer says that had nothing to write.
std::vector<std::string> said_of_nothing(const std::string& file, bool interrupt) {
  const LoadedStage loaded("csv_writer");
  TestContext context;
  context.interrupt = interrupt;
  const auto stage = create(loaded, {{"file", file}}, context);
  dynamic_cast<SinkStage&>(*stage).commit();
  return context.warnings;
}

TEST(WriterPlugins, say_that_an_earlier_file_stays_when_there_is_nothing_to_write) {
  const Folder folder;
  const std::string file = (folder / "x.csv").string();
  EXPECT_THAT(said_of_nothing(file, false), testing::ElementsAre("there is nothing to write: no " + file));
  EXPECT_THAT(said_of_nothing(file, true),
              testing::ElementsAre("interrupted before there was anything to write: no " + file));
  std::ofstream(file) << "earlier";
  EXPECT_THAT(said_of_nothing(file, false),
              testing::ElementsAre("there is nothing to write: the earlier " + file + " stays"));
  EXPECT_THAT(
      said_of_nothing(file, true),
      testing::ElementsAre("interrupted before there was anything to write: the earlier " + file + " stays"));
}

defence::Perturbations perturbations() {
  auto table = std::make_shared<defence::SampleTable>();
  table->devices = {{"plug", true, {1, 2, 3, 4}}};
  table->slots = 1;
  table->omega = 1;
  defence::Perturbations value;
  value.table = table;
  value.num_samples = 1;
  return value;
}

TEST(WriterPlugins, give_up_perturbations_when_they_are_asked_to_stop_while_they_draw_them) {
  for (const std::string name : {"csv_writer", "npy_writer"}) {
    const Folder folder;
    const bool csv = name == "csv_writer";
    const std::string result = (folder / (csv ? "x.csv" : "npy")).string();
    const LoadedStage loaded(name);
    for (const bool earlier : {false, true}) {
      TestContext context;
      if (earlier && !csv) std::filesystem::create_directories(result);
      if (earlier) std::ofstream(csv ? result : result + "/contents.json") << "earlier";
      const auto stage = create(loaded, {{csv ? "file" : "folder", result}}, context);
      auto& sink = dynamic_cast<SinkStage&>(*stage);
      sink.write(0, make_message(perturbations(), ""), {"0000:samples", 0});
      context.stop = true;
      sink.commit();
      const std::string stays =
          csv ? "the earlier " + result + " stays" : "the earlier files in " + result + " stay";
      EXPECT_THAT(context.warnings, testing::ElementsAre("interrupted while perturbations were drawn: " +
                                                         (earlier ? stays : "no " + result)));
      EXPECT_EQ(std::filesystem::exists(csv ? result : result + "/contents.json"), earlier);
    }
  }
}

TEST(NpyWriterPlugin, finishes_perturbations_beside_windows_when_it_is_asked_to_stop) {
  const Folder folder;
  const LoadedStage loaded("npy_writer");
  TestContext context;
  const auto stage = create(loaded, {{"folder", (folder / "npy").string()}}, context);
  auto& sink = dynamic_cast<SinkStage&>(*stage);
  sink.write(0, make_message(window_batch(0, 1, 0, 3), "k"), {"lane", 0});
  sink.write(0, make_message(perturbations(), ""), {"0000:samples", 0});
  context.stop = true;
  sink.commit();
  EXPECT_TRUE(context.warnings.empty());
  EXPECT_TRUE(std::filesystem::exists(folder / "npy/new_labels.npy"));
}

TEST(CsvReaderPlugin, leaves_out_what_earlier_runs_made_in_the_output_folder) {
  const Folder folder;
  std::filesystem::create_directories(folder / "home/captures");
  for (const char* name :
       {"home/mine.csv", "home/captures/a.csv", "home/captures/b.csv", "home/captures/c.csv"})
    std::ofstream(folder / name) << header << row;
  const LoadedStage loaded("csv_reader");
  TestContext context;
  context.output = folder / "home/captures/..";
  context.made = {folder / "home/captures/a.csv", folder / "home/captures/b.csv"};
  const auto units = [&](const std::string& files) {
    const auto stage = create(loaded, {{"files", files}}, context);
    return dynamic_cast<SourceStage&>(*stage).units();
  };
  EXPECT_THAT(units((folder / "home").string()), testing::ElementsAre("captures/c.csv", "mine.csv"));
  EXPECT_THAT(
      context.infos,
      testing::Contains("left out: " + (folder / "home/captures/a.csv").string() +
                        " and 1 more, which ipet made in the output folder of this run; to read them, "
                        "name the folder that they are in"));
  EXPECT_THAT(units((folder / "home/captures").string()), testing::ElementsAre("a.csv", "b.csv", "c.csv"))
      << "who names them means them";
  EXPECT_THAT(units((folder / "home/captures/*.csv").string()),
              testing::ElementsAre("a.csv", "b.csv", "c.csv"));
  context.output = folder / "elsewhere";
  EXPECT_EQ(units((folder / "home").string()).size(), 4U);
}

TEST(CsvReaderPlugin, says_so_where_there_is_nothing_but_what_earlier_runs_made) {
  const Folder folder;
  std::ofstream(folder / "a.csv") << header << row;
  const LoadedStage loaded("csv_reader");
  TestContext context;
  context.output = folder.path();
  context.made = {folder / "a.csv"};
  try {
    create(loaded, {{"files", folder.path().string()}}, context);
    FAIL() << "read its own result";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "there are no traces but " + (folder / "a.csv").string() +
                                ", which ipet made in the output folder of this run; to read them, name the "
                                "folder that they are in");
  }
}

}  // namespace
}  // namespace ipet::interchange
