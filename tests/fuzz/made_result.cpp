// Writes the result file that the targets begin with, and tells when the one beside this file (result.h5.gz)
// has become another one. The writer is not compiled for ./ipet fuzz, which takes minutes less so.
#include <algorithm>
#include <memory>

#include <gmock/gmock.h>

#include "stages/storage/hdf5_reader.hpp"
#include "stages/storage/hdf5_writer.hpp"
#include "tests/fuzz/result_file.hpp"

namespace ipet::fuzz {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const std::string> shared(const char* text) {
  return std::make_shared<const std::string>(text);
}

template <class Batch>
Batch labelled(const char* device, bool defended) {
  Batch batch;
  batch.capture_name = shared("c");
  batch.device = shared(device);
  batch.defended = defended;
  return batch;
}

windows::WindowBatch some_windows(const char* device, bool defended) {
  auto batch = labelled<windows::WindowBatch>(device, defended);
  batch.slots = 3;
  batch.omega = 0.5;
  for (int i = 0; i < 4; ++i) {
    for (std::size_t column = 0; column < 3 * windows::columns; ++column)
      batch.features.push_back(static_cast<float>(column));
    batch.silence.push_back(0.25);
    batch.start.push_back(i * traffic::second);
  }
  return batch;
}

windows::AggregateBatch some_aggregates(const char* device, bool defended) {
  auto batch = labelled<windows::AggregateBatch>(device, defended);
  batch.bin = 900;
  batch.features.assign(2 * windows::aggregate_columns, 1.5F);
  batch.start = {0, traffic::second};
  return batch;
}

traffic::DevicePackets some_packets(const char* device, bool defended) {
  auto batch = labelled<traffic::DevicePackets>(device, defended);
  for (int i = 0; i < 5; ++i)
    batch.packets.push_back({1000 * i, 7, i % 2 == 1 ? traffic::Direction::in : traffic::Direction::out,
                             traffic::Protocol::tcp, defended && i == 3});
  return batch;
}

fingerprint::TrainedModel some_model() {
  fingerprint::TrainedModel model;
  model.model = "lstm";
  model.classes = {"plug", "camera"};
  model.split.mode = fingerprint::SplitMode::random;
  model.parameters = {{"w", {2, 1}, {1, 2}}};
  return model;
}

std::shared_ptr<generator::GeneratorSet> some_generators() {
  auto set = std::make_shared<generator::GeneratorSet>();
  set->devices = {"plug"};
  set->slots = 2;
  set->omega = 0.5;
  set->max_packets_per_omega = 4;
  set->max_payload_per_omega = 100;
  set->rows = generator::RowKind::free;
  generator::Generator made;
  made.weight.assign(generator::latent_size * 8, 0.5F);
  made.bias.assign(8, 0.0F);
  set->chains = {{{{{made}, {}, 0}}}};
  return set;
}

traffic::CaptureSummary some_summary() {
  traffic::CaptureSummary summary;
  summary.capture_name = "c";
  for (const char* device : {"camera", "plug"})
    summary.devices.push_back({device, "02:00:00:00:00:0a", 5, 35});
  summary.unknown_packets = 3;
  summary.unknown = {"192.168.1.9"};
  summary.networks = {"2001:db8::/64"};
  return summary;
}

/// A file with one of everything that can be read back.
void write_everything(const fs::path& file) {
  storage::Hdf5Writer writer(file, 4);
  writer.add(some_model(), "d");
  const auto generators = some_generators();
  writer.add(*generators, "generators");
  defence::Perturbations perturbations;
  perturbations.generators = generators;
  perturbations.num_samples = 3;
  writer.add(perturbations, "perturbations");
  writer.add(some_summary());
  std::uint64_t number = 0;
  for (const char* device : {"camera", "plug"}) {
    writer.add(some_windows(device, false), {"x", number});
    writer.add(some_windows(device, true), {"x", number + 1});
    writer.add(some_aggregates(device, false), {"x", number + 2});
    writer.add(some_aggregates(device, true), {"x", number + 3});
    writer.add(some_packets(device, false), {"x", number + 4});
    writer.add(some_packets(device, true), {"x", number + 5});
    number += 6;
  }
  storage::RunFacts facts;
  facts.name = "made";
  facts.definition = "schema = 1\n";
  facts.command_line = "ipet run made.toml";
  facts.version = "0.1.0";
  facts.created = "2026-01-02T03:04:05Z";
  facts.plugins = {{"pcap_reader", "1.0", "plugins/pcap_reader.so", "00ff"}};
  facts.inputs = {{"a.pcap", 123, "aa"}};
  writer.commit(facts);
}

std::vector<std::string> attributes_of(const ResultFile& file) {
  std::vector<std::string> out;
  for (const Attribute& one : file.attributes) out.push_back(one.object + " " + one.name);
  return out;
}

/// Else targets would edit a file that nobody reads.
TEST(ResultFilesOfTheTargets, are_read_whole) {
  const fs::path path = scratch_file("whole.h5", result_file().bytes);
  const storage::Hdf5Reader reader(path);
  EXPECT_EQ(reader.model("d").parameters.size(), 1U);
  EXPECT_EQ(reader.generators().chains.size(), 1U);
  EXPECT_EQ(reader.perturbations().num_samples, 3U);
  EXPECT_EQ(reader.summaries().size(), 1U);
  for (const storage::Stream stream : streams) EXPECT_EQ(reader.rows(stream).size(), 2U);

  const storage::Hdf5Reader old(scratch_file("old.h5", old_result_file().bytes));
  EXPECT_EQ(old.model("d").parameters.size(), 1U);
  EXPECT_EQ(old.rows(storage::Stream::windows).size(), 1U);
  EXPECT_EQ(old.rows(storage::Stream::mixed).size(), 1U);
}

TEST(ResultFilesOfTheTargets, hold_all_that_ipet_writes_today) {
  const fs::path fresh = scratch() / "fresh.h5";
  write_everything(fresh);
  const ResultFile written = described(bytes_in(fresh));
  const fs::path kept = fs::temp_directory_path() / "ipet-fuzz-result.h5";
  fs::copy_file(fresh, kept, fs::copy_options::overwrite_existing);
  const std::string next = "gzip -9nc " + kept.string() + " > tests/fuzz/result.h5.gz";
  EXPECT_EQ(result_file().objects, written.objects) << next;
  EXPECT_EQ(attributes_of(result_file()), attributes_of(written)) << next;
  if (!HasFailure()) fs::remove(kept);
}

}  // namespace
}  // namespace ipet::fuzz
