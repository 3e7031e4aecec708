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

}  // namespace
}  // namespace ipet::interchange
