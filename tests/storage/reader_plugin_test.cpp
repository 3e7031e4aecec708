// The source `hdf5_reader` as the runtime meets it.
#include <gmock/gmock.h>

#include "stages/model/model_factory.hpp"
#include "tests/defence/plugin_harness.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using ipet::test::Given;
using ipet::test::LoadedStage;
using ipet::test::TestContext;
using ipet::test::TestEmitter;
using testing::ElementsAre;

std::unique_ptr<Stage> create(const LoadedStage& loaded, const Given& given, TestContext& context) {
  Problems problems;
  const Options options = ipet::test::parse(loaded.description, given, problems);
  EXPECT_TRUE(problems.empty()) << problems.front().message;
  return loaded.description.create(options.get(), context);
}

/// What creating the stage throws.
std::string refusal(const LoadedStage& loaded, const Given& given, TestContext& context) {
  try {
    (void)create(loaded, given, context);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

struct Emitted {
  std::vector<std::string> units;
  std::vector<Message> messages;
  std::vector<std::string> ports, unit_of;
};

Emitted all_of(SourceStage& source) {
  Emitted out;
  out.units = source.units();
  for (std::size_t i = 0; i < out.units.size(); ++i) {
    TestEmitter emitter(out.units[i]);
    const auto reader = source.open(i);
    while (reader->next(emitter)) continue;
    for (std::size_t m = 0; m < emitter.sent.size(); ++m) {
      out.messages.push_back(emitter.sent[m]);
      out.ports.push_back(emitter.ports[m]);
      out.unit_of.push_back(out.units[i]);
    }
  }
  return out;
}

std::string file_with_streams(const Folder& folder) {
  Hdf5Writer writer(folder / "result.h5", 4);
  for (const std::uint32_t capture : {0U, 2U}) {
    for (int device = 0; device < 2; ++device)
      writer.add(window_batch(capture, device, 0, 700), {numbered(numbered("x", capture), device), 0});
  }
  writer.add(window_batch(2, 0, 0, 3, true), {"y", 0});
  writer.add(packet_batch(2, "capture2", "device1", 0, 5000, true), {"z", 0});
  writer.add(packet_batch(2, "capture2", "device0", 0, 0, true), {"z0", 0});
  return writer.commit(facts()).string();
}

TEST(ReaderPlugin, gives_one_unit_per_capture_with_the_keys_of_windowing) {
  const Folder folder;
  const std::string file = file_with_streams(folder);
  const LoadedStage loaded("hdf5_reader");
  TestContext context;
  context.outputs = {"windows", "mixed"};
  const auto stage = create(loaded, {{"file", file}}, context);
  const Emitted got = all_of(dynamic_cast<SourceStage&>(*stage));
  EXPECT_THAT(got.units, ElementsAre("windows/capture0", "windows/capture2", "mixed/capture2"));
  EXPECT_THAT(context.inputs, ElementsAre(file));
  std::vector<std::string> keys;
  std::map<std::string, std::size_t> items;
  for (std::size_t i = 0; i < got.messages.size(); ++i) {
    const Message& message = got.messages[i];
    EXPECT_EQ(got.ports[i], got.unit_of[i].substr(0, got.unit_of[i].find('/')));
    EXPECT_LE(message.items, got.ports[i] == "windows" ? 512U : 4096U);
    if (keys.empty() || keys.back() != message.key) keys.push_back(message.key);
    items[got.ports[i] + " " + message.key] += message.items;
  }
  EXPECT_THAT(keys, ElementsAre("000000/device0", "000000/device1", "000002/device0", "000002/device1",
                                "000002/device0", "000002/device1"));
  EXPECT_EQ(items["windows 000002/device1"], 700U);
  EXPECT_EQ(items["mixed 000002/device1"], 5000U);
  EXPECT_EQ(items["mixed 000002/device0"], 0U) << "a table without packets is one empty message";
}

TEST(ReaderPlugin, refuses_an_output_that_the_file_has_not_naming_what_it_has) {
  const Folder folder;
  const std::string file = file_with_streams(folder);
  const LoadedStage loaded("hdf5_reader");
  TestContext context;
  for (const auto& [port, group] : std::map<std::string, std::string>{
           {"packets", "packets"}, {"generators", "generators"}, {"discriminator", "models"}}) {
    context.outputs = {"windows", port};
    EXPECT_EQ(refusal(loaded, {{"file", file}}, context),
              file + ": /" + group + ": missing; the file has: windows, defended_windows, mixed");
  }
}

std::string file_with_models(const Folder& folder, const std::vector<std::string>& stages) {
  Hdf5Writer writer(folder / "models.h5", 4);
  for (const std::string& stage : stages) {
    fingerprint::TrainedModel model;
    model.model = "lstm";
    model.options = stage;
    model.split.mode = fingerprint::SplitMode::random;
    writer.add(model, stage);
  }
  return writer.commit(facts()).string();
}

TEST(ReaderPlugin, gives_the_only_model_with_its_factory_in_a_unit_that_ends_with_its_stage) {
  const Folder folder;
  const std::string file = file_with_models(folder, {"retrained"});
  const LoadedStage loaded("hdf5_reader");
  TestContext context;
  context.outputs = {"discriminator"};
  context.components["lstm"] = std::make_shared<int>(1);
  const auto stage = create(loaded, {{"file", file}}, context);
  const Emitted got = all_of(dynamic_cast<SourceStage&>(*stage));
  EXPECT_THAT(got.units, ElementsAre("discriminator:retrained"));
  ASSERT_EQ(got.messages.size(), 1U);
  const auto& model = got.messages[0].as<fingerprint::TrainedModel>();
  EXPECT_EQ(model.options, "retrained");
  EXPECT_EQ(static_cast<const void*>(model.factory.get()), context.components["lstm"].get());
}

TEST(ReaderPlugin, asks_which_of_several_models_is_meant) {
  const Folder folder;
  const std::string file = file_with_models(folder, {"b", "a"});
  const LoadedStage loaded("hdf5_reader");
  TestContext context;
  context.outputs = {"discriminator"};
  EXPECT_EQ(refusal(loaded, {{"file", file}}, context),
            file + ": /models: several models; choose one with option 'model': a, b");
  EXPECT_EQ(refusal(loaded, {{"file", file}, {"model", std::string("c")}}, context),
            file + ": /models: no model 'c'; there are: a, b");
  EXPECT_EQ(refusal(loaded, {{"file", file}, {"model", std::string("b")}}, context), "");
}

TEST(ReaderPlugin, finds_a_file_that_is_no_result_before_the_run) {
  const Folder folder;
  const LoadedStage loaded("hdf5_reader");
  Problems problems;
  const std::string file = (folder / "nothing.h5").string();
  const Options options = ipet::test::parse(loaded.description, {{"file", file}}, problems);
  loaded.description.check_environment(options.get(), {}, problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].message, file + ": No such file or directory");
}

}  // namespace
}  // namespace ipet::storage::test
