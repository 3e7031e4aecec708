// What Hdf5Writer writes, Hdf5Reader gives back: everything equal.
#include <limits>

#include <gmock/gmock.h>

#include "stages/storage/handle.hpp"
#include "stages/storage/hdf5_reader.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using fingerprint::TrainedModel;

template <class Value>
std::filesystem::path written(const Folder& folder, const Value& value, const std::string& stage) {
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(value, stage);
  return writer.commit(facts());
}

void expect_equal(const std::vector<fingerprint::NamedArray>& a,
                  const std::vector<fingerprint::NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].shape, b[i].shape) << a[i].name;
    EXPECT_EQ(a[i].values, b[i].values) << a[i].name;
  }
}

void expect_equal(const fingerprint::SplitRecord& a, const fingerprint::SplitRecord& b) {
  EXPECT_EQ(a.mode, b.mode);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.day_offset_hours, b.day_offset_hours);
  EXPECT_EQ(a.test_fraction, b.test_fraction);
  EXPECT_EQ(a.validation_fraction, b.validation_fraction);
  EXPECT_EQ(a.validation_captures, b.validation_captures);
  EXPECT_EQ(a.test_captures, b.test_captures);
  EXPECT_EQ(a.validation_days, b.validation_days);
  EXPECT_EQ(a.test_days, b.test_days);
  EXPECT_EQ(a.validate_on_test, b.validate_on_test);
  EXPECT_EQ(a.folds, b.folds);
  EXPECT_EQ(a.fold, b.fold);
}

void expect_equal(const std::shared_ptr<const fingerprint::SplitRows>& a,
                  const std::shared_ptr<const fingerprint::SplitRows>& b) {
  ASSERT_EQ(a == nullptr, b == nullptr);
  if (a == nullptr) return;
  EXPECT_EQ(a->captures, b->captures);
  EXPECT_EQ(a->capture, b->capture);
  EXPECT_EQ(a->device, b->device);
  EXPECT_EQ(a->start, b->start);
  EXPECT_EQ(a->part, b->part);
}

void expect_equal(const TrainedModel& a, const TrainedModel& b) {
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.options, b.options);
  EXPECT_EQ(a.classes, b.classes);
  EXPECT_EQ(a.features, b.features);
  EXPECT_EQ(a.slots, b.slots);
  EXPECT_EQ(a.omega, b.omega);
  EXPECT_EQ(a.batch, b.batch);
  EXPECT_EQ(a.learning_rate, b.learning_rate);
  EXPECT_EQ(a.normalisation, b.normalisation);
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(a.training_windows, b.training_windows);
  EXPECT_EQ(a.validation_windows, b.validation_windows);
  EXPECT_EQ(a.test_windows, b.test_windows);
  expect_equal(a.parameters, b.parameters);
  expect_equal(a.split, b.split);
  expect_equal(a.split_rows, b.split_rows);
  ASSERT_EQ(a.history.size(), b.history.size());
  for (std::size_t i = 0; i < a.history.size(); ++i) {
    const fingerprint::EpochRecord &x = a.history[i], &y = b.history[i];
    EXPECT_EQ(x.epoch, y.epoch);
    EXPECT_EQ(x.learning_rate, y.learning_rate);
    EXPECT_EQ(x.training_loss, y.training_loss);
    EXPECT_EQ(x.training_accuracy, y.training_accuracy);
    EXPECT_EQ(x.validation_loss, y.validation_loss);
    EXPECT_EQ(x.validation_accuracy, y.validation_accuracy);
  }
}

TrainedModel model() {
  TrainedModel made;
  made.model = "lstm";
  made.options = "width = 8\nname = \"K\xC3\xBC\xCE\xBB\"";
  made.classes = {"plug", "", "hub/1"};
  made.features = {"out_tcp_packets", "seconds"};
  made.slots = 40;
  made.omega = 0.1;
  made.batch = 128;
  made.learning_rate = 1e-3;
  made.normalisation = fingerprint::Normalisation::log1p;
  made.parameters = {{"z/weight", {2, 3}, {1, 2, 3, 4, 5, 6.5}}, {"scale", {}, {0.25}}, {"a", {0, 2}, {}}};
  made.history = {{1, 1e-3, 2.5, 0.5, 2.75, 0.25}, {2, 7e-4, 1.5, 0.75, 1.75, 0.625}};
  made.best_epoch = 2;
  made.split = {fingerprint::SplitMode::day, 9, 6, 0.3, 0.125, {}, {}, {18'900}, {18'901, -1}, true};
  made.training_windows = 70;
  made.validation_windows = std::numeric_limits<std::uint64_t>::max();
  made.test_windows = 3;
  return made;
}

TEST(Reader, gives_models_back_with_split_and_history) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  TrainedModel by_capture = model(), plain;
  by_capture.split = {fingerprint::SplitMode::capture,
                      1,
                      0,
                      0.3,
                      0.125,
                      {"b.pcap"},
                      {"a.pcap", "c.pcap"},
                      {},
                      {},
                      false,
                      4,
                      3};
  auto rows = std::make_shared<fingerprint::SplitRows>();
  rows->captures = {"b.pcap", "a.pcap"};
  rows->capture = {0, 1, 1, 0};
  rows->device = {2, 0, 1, 2};
  rows->start = {-1, 7, std::numeric_limits<std::int64_t>::max(), 8};
  rows->part = {fingerprint::Part::validation, fingerprint::Part::test, fingerprint::Part::training,
                fingerprint::Part::test};
  by_capture.split_rows = rows;
  plain.split.mode = fingerprint::SplitMode::random;
  writer.add(model(), "discriminator");
  writer.add(by_capture, "other/model");
  writer.add(plain, "plain");
  writer.commit(facts());
  const Hdf5Reader reader(folder / "result.h5");
  EXPECT_EQ(reader.models(), (std::vector<std::string>{"discriminator", "other/model", "plain"}));
  expect_equal(reader.model("discriminator"), model());
  expect_equal(reader.model("other/model"), by_capture);
  expect_equal(reader.model("plain"), plain);
  EXPECT_EQ(reader.model("plain").factory, nullptr);
}

generator::GeneratorSet generators(std::uint64_t seed) {
  generator::GeneratorSet set;
  set.devices = {"plug", "discriminator", "hub/1", "a"};
  set.slots = 3;
  set.omega = 0.25;
  set.max_packets_per_omega = 4;
  set.max_payload_per_omega = 100.5;
  set.rows = generator::RowKind::feasible;
  set.minimum_size = 12;
  traffic::Random random(seed);
  for (std::size_t generations : {3U, 11U}) {
    generator::Chain& chain = set.chains.emplace_back();
    for (std::size_t g = 0; g < generations; ++g) {
      generator::Generation& generation = chain.generations.emplace_back();
      generation.discriminator = {{"w", {2}, {static_cast<float>(random.normal()), 1}}, {"b", {}, {2}}};
      generation.discriminator_loss = random.normal();
      for (std::size_t d = 0; d < set.devices.size(); ++d) {
        generator::Generator& made = generation.devices.emplace_back();
        for (std::size_t i = 0; i < generator::latent_size * 12; ++i)
          made.weight.push_back(static_cast<float>(random.normal()));
        for (std::size_t i = 0; i < 12; ++i) made.bias.push_back(static_cast<float>(random.normal()));
        made.first_loss = random.normal();
        made.last_loss = random.normal();
        made.windows = random.below(3);
      }
    }
  }
  return set;
}

TEST(Reader, gives_generators_back) {
  constexpr std::uint64_t seed = 11;
  SCOPED_TRACE("seed 11");
  const generator::GeneratorSet set = generators(seed);
  const Folder folder;
  const Hdf5Reader reader(written(folder, set, "trained"));
  EXPECT_EQ(reader.stage_of("generators"), "trained");
  const generator::GeneratorSet got = reader.generators();
  EXPECT_EQ(got.devices, set.devices);
  EXPECT_EQ(got.slots, set.slots);
  EXPECT_EQ(got.omega, set.omega);
  EXPECT_EQ(got.max_packets_per_omega, set.max_packets_per_omega);
  EXPECT_EQ(got.max_payload_per_omega, set.max_payload_per_omega);
  EXPECT_EQ(got.rows, set.rows);
  EXPECT_EQ(got.minimum_size, set.minimum_size);
  ASSERT_EQ(got.chains.size(), 2U);
  for (std::size_t c = 0; c < 2; ++c) {
    ASSERT_EQ(got.chains[c].generations.size(), set.chains[c].generations.size());
    for (std::size_t g = 0; g < set.chains[c].generations.size(); ++g) {
      const generator::Generation &a = set.chains[c].generations[g], &b = got.chains[c].generations[g];
      expect_equal(a.discriminator, b.discriminator);
      EXPECT_EQ(a.discriminator_loss, b.discriminator_loss);
      ASSERT_EQ(b.devices.size(), set.devices.size());
      for (std::size_t d = 0; d < set.devices.size(); ++d) {
        EXPECT_EQ(a.devices[d].weight, b.devices[d].weight);
        EXPECT_EQ(a.devices[d].bias, b.devices[d].bias);
        EXPECT_EQ(a.devices[d].first_loss, b.devices[d].first_loss);
        EXPECT_EQ(a.devices[d].last_loss, b.devices[d].last_loss);
        EXPECT_EQ(a.devices[d].windows, b.devices[d].windows);
      }
    }
  }
}

defence::Perturbations drawn(std::uint64_t samples) {
  defence::Perturbations made;
  auto set = generators(12);
  for (auto& chain : set.chains) chain.generations[0].devices[0].windows = 5;
  for (auto& chain : set.chains) chain.generations[0].devices[1].windows = 0;
  made.generators = std::make_shared<const generator::GeneratorSet>(set);
  made.seed = 7;
  made.num_samples = samples;
  return made;
}

TEST(Reader, gives_perturbations_back_as_a_table_of_their_samples) {
  const defence::Perturbations made = drawn(300);
  const Folder folder;
  const Hdf5Reader reader(written(folder, made, "predictor"));
  const defence::Perturbations got = reader.perturbations();
  EXPECT_EQ(got.devices(), made.devices());
  EXPECT_EQ(got.num_samples, 300U);
  EXPECT_EQ(got.slots(), 3U);
  EXPECT_EQ(got.omega(), 0.25);
  EXPECT_EQ(got.seed, 7U);
  EXPECT_TRUE(got.covers("plug"));
  EXPECT_FALSE(got.covers("discriminator")) << "it was not trained";
  std::vector<std::uint16_t> a(12), b(12);
  for (std::size_t d = 0; d < 4; ++d) {
    for (std::uint64_t i = 0; i < 300; ++i) {
      made.sample(d, i, a);
      got.sample(d, i, b);
      ASSERT_EQ(a, b) << "device " << d << ", sample " << i;
    }
  }
}

TEST(Reader, gives_perturbations_of_one_device_when_one_was_chosen) {
  defence::Perturbations made = drawn(5);
  made.device = "hub/1";
  made.chain = 1;
  const Folder folder;
  const Hdf5Reader reader(written(folder, made, "predictor"));
  const defence::Perturbations got = reader.perturbations();
  EXPECT_EQ(got.devices(), std::vector<std::string>{"hub/1"});
  EXPECT_EQ(got.chain, 1);
  EXPECT_EQ(got.generation, -1);
  std::vector<std::uint16_t> a(12), b(12);
  made.sample(2, 4, a);
  got.sample(0, 4, b);
  EXPECT_EQ(a, b);
}

TEST(Reader, tells_what_a_file_has_and_has_not) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(model(), "b");
  writer.add(model(), "a");
  writer.add(window_batch(0, 0, 0, 4), {"x", 0});
  writer.commit(facts());
  const std::string file = (folder / "result.h5").string();
  const Hdf5Reader reader(file);
  EXPECT_EQ(reader.contents(), "windows, models (a, b)");
  EXPECT_EQ(error_of([&] { (void)reader.generators(); }),
            file + ": /generators: missing; the file has: windows, models (a, b)");
  EXPECT_EQ(error_of([&] { (void)reader.model("c"); }),
            file + ": /models/c: missing; the file has: windows, models (a, b)");
  EXPECT_TRUE(reader.rows(Stream::mixed).empty());
}

/// Moves an object of a closed result file.
void rename(const std::string& file, const char* from, const char* to) {
  const h5::Library library;
  const h5::File edited(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  ASSERT_GE(H5Lmove(edited.get(), from, edited.get(), to, H5P_DEFAULT, H5P_DEFAULT), 0);
}

TEST(Reader, quotes_names_of_a_file_in_one_line) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(model(), "a");
  writer.add(packet_batch(0, "c", "plug", 0, 3, true), {"x", 0});
  writer.commit(facts());
  const std::string file = (folder / "result.h5").string();
  rename(file, "/models/a", "/models/a\x1b[2J\n");
  rename(file, "/mixed/c", "/mixed/\t");
  const Hdf5Reader reader(file);
  EXPECT_EQ(reader.contents(), "mixed, models (a\\x1b[2J\\n)");
  EXPECT_EQ(error_of([&] { (void)reader.rows(Stream::mixed); }),
            file + ": /mixed/\\t: attribute 'capture' is not its row of /captures/names");
}

}  // namespace
}  // namespace ipet::storage::test
