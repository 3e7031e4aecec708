// Provenance, devices, models, generators, perturbations and evaluation.
#include <cmath>
#include <limits>

#include "tests/evaluation/comparison_samples.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

TEST(Provenance, of_the_run_is_at_the_root) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  RunFacts made = facts();
  made.interrupted = true;
  made.definition.append(200'000, '#');  // longer than an attribute of fixed length could be
  writer.commit(made);
  expect_h5py("provenance", folder / "result.h5");
}

TEST(Devices, are_listed_in_declared_order_with_totals_over_all_captures) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  windows::WindowBatch batch = window_batch(1, 1, 0, 6);
  batch.declared_devices =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"zebra", "device1"});
  writer.add(batch, {"a", 0});
  for (const std::uint32_t capture : {1U, 0U}) {
    traffic::CaptureSummary summary;
    summary.capture = capture;
    summary.capture_name = numbered("capture", capture);
    summary.devices = {{"zebra", "aa:00:00:00:00:01", 0, 0, 0, 0}, {"device1", "", 7, 100 + capture, 11, 22}};
    summary.unknown_packets = 3 + capture;
    summary.unknown = {"10.0.0.9", "aa:00:00:00:00:09"};
    summary.left_out = {1, 2, 30 + capture, 4};
    summary.devices[1].left_out.empty = 3;
    summary.networks = {"2001:db8:1:1::/64"};
    writer.add(summary);
  }
  writer.commit(facts());
  expect_h5py("devices", folder / "result.h5");
}

TEST(Models, come_back_with_parameters_history_and_classes) {
  fingerprint::TrainedModel model;
  model.model = "lstm";
  model.options = "width = 8";
  model.classes = {"plug",
                   "K\xC3\xBC"
                   "che"};
  model.slots = 40;
  model.omega = 0.1;
  model.normalisation = fingerprint::Normalisation::log1p;
  model.parameters = {
      {"dense/weight", {2, 3}, {1, 2, 3, 4, 5, 6.5}}, {"scale", {}, {0.25}}, {"none", {0, 2}, {}}};
  model.history = {{1, 1e-3, 2.5, 0.5, 2.75, 0.25}, {2, 1e-3, 1.5, 0.75, 1.75, 0.625}};
  model.best_epoch = 2;
  model.split = {fingerprint::SplitMode::day, 9, 6, 0.3, 0.125, {}, {}, {18'900}, {18'901, 18'902}, true};
  model.training_windows = 70;
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(model, "discriminator");
  model.split = {
      fingerprint::SplitMode::capture, 9, 0, 0.3, 0.125, {"b.pcap"}, {"a.pcap", "c.pcap"}, {}, {}, false};
  auto rows = std::make_shared<fingerprint::SplitRows>();
  rows->captures = {"unused.pcap", "a.pcap", "b.pcap"};
  rows->capture = {1, 1, 2};
  rows->device = {0, 1, 0};
  rows->start = {5, 6, 7};
  rows->part = {fingerprint::Part::test, fingerprint::Part::training, fingerprint::Part::validation};
  model.split_rows = rows;
  model.split.folds = 3;
  model.split.fold = 2;
  writer.add(model, "by_capture");
  model.features = {"out_tcp_packets", "in_udp_seconds"};
  model.slots = 0;
  writer.add(model, "forest");
  writer.commit(facts());
  expect_h5py("models", folder / "result.h5");
}

TEST(Models, whose_parameters_do_not_fill_their_shape_are_refused) {
  fingerprint::TrainedModel model;
  model.parameters = {{"w", {2, 3}, {1, 2}}};
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(model, "d");
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() + ": /models/d/parameters/w: 2 values, but the shape holds 6");
}

/// Weight i of device d in generation g of chain c: c*1000 + g*100 + d*10 + i/16; bias negative.
std::shared_ptr<const generator::GeneratorSet> shared_generators() {
  auto set = std::make_shared<generator::GeneratorSet>();
  set->devices = {"plug", "discriminator"};
  set->slots = 2;
  set->omega = 0.25;
  set->max_packets_per_omega = 4;
  set->max_payload_per_omega = 100;
  set->rows = generator::RowKind::free;
  set->chains.resize(2);
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::size_t g = 0; g < 3; ++g) {
      generator::Generation& generation = set->chains[c].generations.emplace_back();
      generation.discriminator = {{"w", {2}, {static_cast<float>(c), static_cast<float>(g)}}};
      generation.discriminator_loss = 0.5;
      for (std::size_t d = 0; d < 2; ++d) {
        generator::Generator& device = generation.devices.emplace_back();
        const auto base = static_cast<float>(c * 1000 + g * 100 + d * 10);
        for (std::size_t i = 0; i < generator::latent_size * 8; ++i)
          device.weight.push_back(base + static_cast<float>(i) / 16.0F);
        for (std::size_t i = 0; i < 8; ++i) device.bias.push_back(-base - static_cast<float>(i));
        device.windows = d + 5;
        device.first_loss = 1.25;
      }
    }
  }
  return set;
}

TEST(Generators, come_back_by_chain_generation_and_device) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(*shared_generators(), "generators");
  writer.commit(facts());
  expect_h5py("generators", folder / "result.h5");
}

TEST(Generators, of_two_stages_are_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(*shared_generators(), "second");
  EXPECT_EQ(error_of([&] { writer.add(*shared_generators(), "first"); }),
            (folder / "result.h5").string() +
                ": stages 'first' and 'second' both give generators; write them to two files");
}

TEST(Perturbations, are_drawn_to_their_full_number) {
  defence::Perturbations perturbations;
  perturbations.generators = shared_generators();
  perturbations.seed = 7;
  perturbations.num_samples = 1000;
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(perturbations, "perturbations");
  writer.commit(facts());
  // What the file must hold, as CSV for the script: some rows of each device, drawn one by one.
  std::ofstream expected(folder / "result.csv");
  for (std::size_t d = 0; d < 2; ++d) {
    for (const std::uint64_t index : {0U, 1U, 255U, 256U, 511U, 998U, 999U}) {
      std::vector<std::uint16_t> sample(8);
      perturbations.sample(d, index, sample);
      expected << perturbations.generators->devices[d] << ',' << index;
      for (const std::uint16_t value : sample) expected << ',' << value;
      expected << '\n';
    }
  }
  expected.close();
  expect_h5py("perturbations", folder / "result.h5");
}

TEST(Perturbations, of_which_hours_are_left_to_write_are_given_up_when_asked) {
  defence::Perturbations perturbations;
  perturbations.generators = shared_generators();
  perturbations.num_samples = 1'000'000'000;
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(perturbations, "perturbations");
  int asked = 0;
  writer.on_write([&] {
    if (++asked == 20) throw StorageError("enough");
  });
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }), "enough");
}

TEST(Evaluation, comes_back_with_one_row_per_defence_and_attacker) {
  evaluation::EvaluationReport report;
  report.devices = {"plug", "bulb"};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  report.scores = {{"none", "static lstm", 8, 0.75, 0.7, 0.5, {0.5, 1.0}, {2, 2, 0, 4}},
                   {"ipet", "retrained lstm", 4, 0.25, 0.2, 1.0, {0.25, nan}, {1, 3, 0, 0}}};
  defence::Overhead::Row row;
  row.device = "plug";
  row.seconds = 60;
  row.user[0] = {1, 10, 64};
  row.user[1] = {2, 20, 128};
  row.dummy[0] = {3, 30, 192};
  row.dummy[1] = {4, 40, 256};
  report.overhead.rows = {row};
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(report, "evaluation");
  writer.commit(facts());
  expect_h5py("evaluation", folder / "result.h5");
}

evaluation::EvaluationReport report_of(const std::vector<std::string>& devices,
                                       std::vector<evaluation::Score> scores,
                                       const std::vector<std::pair<std::string, double>>& overhead) {
  evaluation::EvaluationReport report;
  report.devices = devices;
  report.scores = std::move(scores);
  for (const auto& [device, seconds] : overhead) {
    report.overhead.rows.emplace_back().device = device;
    report.overhead.rows.back().seconds = seconds;
  }
  return report;
}

TEST(Evaluation, of_several_stages_shares_one_table_whatever_the_order_of_arrival) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto forest =
      report_of({"cam", "bulb"}, {{"none", "static forest", 10, 0.5, 0.5, 0.5, {0.5, 1}, {1, 2, 3, 4}}}, {});
  const auto lstm = report_of({"plug", "bulb"},
                              {{"none", "static lstm", 26, 0.5, 0.5, 0.5, {0.5, 0.25}, {5, 6, 7, 8}},
                               {"ipet", "retrained lstm", 9, 1, 1, 1, {1, nan}, {9, 0, 0, 0}}},
                              {{"bulb", 10}, {"plug", 20}});
  const auto other = report_of({"cam"}, {{"none", "static gru", 2, 1, 1, 1, {1}, {2}}}, {{"cam", 30}});
  const Folder folder;
  std::vector<std::pair<std::string, evaluation::EvaluationReport>> reports{
      {"forest", forest}, {"lstm", lstm}, {"other", other}, {"empty", {}}};
  for (const char* name : {"there.h5", "back.h5"}) {
    Hdf5Writer writer(folder / name, 4);
    for (const auto& [stage, report] : reports) writer.add(report, stage);
    writer.commit(facts());
    expect_h5py("evaluations", folder / name);
    std::reverse(reports.begin(), reports.end());
  }
}

TEST(Evaluation, of_a_comparison_keeps_costs_and_notes_of_each_defence) {
  evaluation::EvaluationReport report = evaluation::samples::comparison();
  report.scores[4].seconds = 3600;
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(report, "comparison");
  writer.commit(facts());
  expect_h5py("comparison", folder / "result.h5");
}

/// Of two rows of a plug and one of a bulb.
evaluation::EvaluationReport predicted(const std::vector<std::string>& devices, const std::string& view) {
  evaluation::EvaluationReport report = report_of(devices, {}, {});
  const std::vector<double> recall(devices.size());
  const std::vector<std::uint64_t> confusion(devices.size() * devices.size());
  report.scores = {{"none", "static lstm", 3, 1, 1, 1, recall, confusion},
                   {"none", "static gru", 3, 1, 1, 1, recall, confusion}};
  auto made = std::make_shared<evaluation::Predictions>();
  evaluation::TestRows rows;
  rows.view = view;
  rows.captures = {"unused.pcap", "b.pcap", "a.pcap"};
  rows.capture = {1, 2, 2};
  rows.device = {0, 0, 1};
  rows.start = {10, 20, 30};
  rows.day = {-5, -5, 25};
  made->rows = {rows};
  evaluation::Answers all, votes;
  all.score = 1;
  all.seed = 3;
  all.named = {0, 1, 1};
  all.classes = 2;
  all.probabilities = {0.75F, 0.25F, 0.375F, 0.625F, 0, 1};
  votes.row = {1, 2};
  votes.truth = {1, 1};
  votes.named = {0, 1};
  made->answers = {all, votes};
  report.predictions = std::move(made);
  return report;
}

TEST(Predictions, of_several_stages_follow_each_other_with_rows_scores_and_devices_of_all) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(predicted({"bulb", "cam"}, "windows"), "second");
  writer.add(predicted({"plug", "bulb"}, "counts of 5 min"), "first");
  writer.add(report_of({"cam"}, {{"none", "static gru", 2, 1, 1, 1, {1}, {2}}}, {}), "between");
  writer.commit(facts());
  expect_h5py("predictions", folder / "result.h5");
}

TEST(Predictions, that_do_not_fit_their_scores_are_refused) {
  const Folder folder;
  evaluation::EvaluationReport report = predicted({"plug", "bulb"}, "windows");
  report.scores.pop_back();
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(report, "attack");
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() +
                ": /evaluation: predictions of stage 'attack' do not fit its rows and scores");
}

TEST(Evaluation, of_a_comparison_says_what_each_line_was_for) {
  evaluation::EvaluationReport report = evaluation::samples::comparison();
  report.lines = {{"bulb", "", 100, 150, 190, "warm_up"}, {"bulb", "", 200, 250, 290, "test"}};
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(report, "comparison");
  writer.commit(facts());
  expect_h5py("lines", folder / "result.h5");
}

TEST(Evaluation, twice_of_one_stage_is_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(evaluation::EvaluationReport{}, "attack");
  EXPECT_EQ(error_of([&] { writer.add(evaluation::EvaluationReport{}, "attack"); }),
            (folder / "result.h5").string() + ": stage 'attack' gave two reports");
}

TEST(Evaluation, with_a_device_named_as_the_class_of_unknown_ones_is_refused) {
  evaluation::EvaluationReport report = evaluation::samples::comparison();
  report.devices[0] = "other";
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(report, "comparison");
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() +
                ": /evaluation: stage 'comparison' has two devices named 'other', which is also what unknown "
                "devices are called; give the device another name");
}

TEST(Evaluation, whose_scores_are_not_for_its_devices_is_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(report_of({"plug", "bulb"}, {{"none", "static lstm", 1, 1, 1, 1, {1}, {1}}}, {}), "attack");
  EXPECT_EQ(error_of([&] { writer.commit(facts()); }),
            (folder / "result.h5").string() + ": /evaluation: scores of 'static lstm' are not for 2 devices");
}

}  // namespace
}  // namespace ipet::storage::test
