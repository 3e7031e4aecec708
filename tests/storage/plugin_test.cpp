// The sink `hdf5_writer` as the runtime meets it: loaded from its library, created from its description.
#include "pipeline/sdk/plugin.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

struct OneStage final : Catalog {
  void add(StageDescription made) override { stage = std::move(made); }
  void add(ComponentDescription) override {}
  StageDescription stage;
};

struct NoComponents final : ComponentSource {
  const ComponentDescription* find_component(const TypeName&, const std::string&, const Place&,
                                             Problems&) override {
    return nullptr;
  }
};

struct Context final : StageContext {
  const std::string& stage() const override { return id; }
  std::uint64_t seed() const override { return 20; }
  std::size_t threads() const override { return 1; }
  std::filesystem::path output_folder() const override { return {}; }
  RunRecord run() const override {
    return {"quick",
            "schema = 1\n",
            "ipet run",
            "0.1.0",
            "2026-01-02T03:04:05Z",
            20,
            {{"p", "1.0", "p.so", "00"}},
            {},
            {{"windows", "windowing", 1.5, 2.25, 4096, 7, 70}}};
  }
  void info(std::string_view) override {}
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  void print_at_end(std::string) override {}
  void progress(double, std::string_view) override {}
  void record_input(const std::filesystem::path&) override {}
  bool cancelled() const override { return false; }
  bool interrupted() const override { return true; }

  std::string id = "store";
  std::vector<std::string> warnings;

 protected:
  std::shared_ptr<const void> whole_payload(std::string_view, const TypeName&) const override {
    return nullptr;
  }
};

const StageDescription& description() {
  static OneStage catalog;
  if (!catalog.stage.create) {
    void* library = ::dlopen(IPET_BINARY_DIR "/plugins/hdf5_writer.so", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(::dlerror());
    const auto* plugin = static_cast<const ipet_plugin_descriptor_v3*>(::dlsym(library, IPET_PLUGIN_SYMBOL));
    plugin->register_components(static_cast<Catalog*>(&catalog));
  }
  return catalog.stage;
}

Options options(const Value& table, Problems& problems) {
  NoComponents none;
  return description().options.parse(table, "stage 'store'", none, problems);
}

Value table_with(const std::string& file) {
  Value table;
  table.table()->push_back({"file", {}, Value(Value::Data(file))});
  return table;
}

TEST(Plugin, takes_every_kind_of_result_on_one_port) {
  ASSERT_EQ(description().inputs.size(), 1U);
  EXPECT_EQ(description().inputs[0].name, "values");
  std::vector<std::string> types;
  for (const TypeName& type : description().inputs[0].types) types.push_back(type.text());
  EXPECT_THAT(types,
              testing::UnorderedElementsAre("window_batch/2", "aggregate_batch/1", "device_packets/4",
                                            "capture_summary/3", "trained_model/2", "generator_set/1",
                                            "perturbations/1", "evaluation_report/4", "detection_report/1"));
}

TEST(Plugin, needs_a_file) {
  Problems problems;
  EXPECT_EQ(options(Value(), problems), nullptr);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].message, testing::HasSubstr("'file'"));
}

TEST(Plugin, writes_names_values_after_their_stage_and_reports_devices_without_windows) {
  const Folder folder;
  Problems problems;
  const Options parsed = options(table_with(folder / "runs/result.h5"), problems);
  ASSERT_NE(parsed, nullptr);
  Context context;
  const std::unique_ptr<Stage> stage = description().create(parsed.get(), context);
  auto& sink = dynamic_cast<SinkStage&>(*stage);
  windows::WindowBatch batch = window_batch(0, 0, 0, 4);
  batch.declared_devices =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"plug", "device0", "bulb"});
  sink.write(0, make_message(batch, "000000/device0"), {"0000:000000/device0", 0});
  for (const char* lane : {"0003:clean", "retrained"})
    sink.write(0, make_message(fingerprint::TrainedModel{}, ""), {lane, 0});
  sink.commit();
  EXPECT_EQ(context.warnings, std::vector<std::string>{"devices without any windows: plug, bulb"});
  expect_h5py("plugin", folder / "runs/result.h5");
}

TEST(Plugin, writes_the_part_of_an_interrupted_run_beside_an_earlier_result) {
  const Folder folder;
  const std::string file = (folder / "result.h5").string();
  std::ofstream(file) << "earlier";
  Problems problems;
  const Options parsed = options(table_with(file), problems);
  ASSERT_NE(parsed, nullptr);
  Context context;  // interrupted
  std::unique_ptr<Stage> stage = description().create(parsed.get(), context);
  dynamic_cast<SinkStage&>(*stage).commit();
  stage.reset();
  EXPECT_THAT(folder.entries(), testing::UnorderedElementsAre("result.h5", "result.h5.interrupted"));
  std::stringstream earlier;
  earlier << std::ifstream(file).rdbuf();
  EXPECT_EQ(earlier.str(), "earlier");
  EXPECT_EQ(context.warnings,
            std::vector<std::string>{"interrupted: the earlier " + file +
                                     " stays, the partial result is in " + file + ".interrupted"});
}

std::vector<Problem> environment(const std::string& file) {
  Problems problems;
  const Options parsed = options(table_with(file), problems);
  description().check_environment(parsed.get(), {}, problems);
  return problems;
}

TEST(Plugin, finds_an_output_folder_that_cannot_be_made_before_the_run) {
  const Folder folder;
  EXPECT_TRUE(environment(folder / "a/b/c/result.h5").empty());
  EXPECT_TRUE(folder.entries().empty());
  std::ofstream(folder / "file") << "";
  const Problems problems = environment(folder / "file/b/result.h5");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].message,
            (folder / "file/b/result.h5").string() + ": " + (folder / "file").string() + " is not a folder");
  for (const char* name : {"nowhere", "circle"}) {
    std::filesystem::create_symlink(name == std::string("circle") ? "circle" : "missing", folder / name);
    const std::filesystem::path file = folder / name / "b/result.h5";
    ASSERT_EQ(environment(file).size(), 1U);
    EXPECT_EQ(environment(file)[0].message,
              file.string() + ": " + (folder / name).string() + " is a link that leads nowhere");
  }
  ASSERT_EQ(environment(folder.path()).size(), 1U);
  EXPECT_EQ(environment(folder.path())[0].message,
            folder.path().string() +
                ": a folder of this name is in the way; move it away, or let this run write elsewhere "
                "(--output, or the stage's option)");
}

}  // namespace
}  // namespace ipet::storage::test
