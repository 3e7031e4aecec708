// CSV files, compared as text with what is written here by hand, and read back with Python's csv module.
#include "stages/interchange/csv_writer.hpp"

#include <cmath>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>

#include "stages/interchange/csv_text.hpp"
#include "tests/defence/fixtures.hpp"
#include "tests/evaluation/comparison_samples.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::interchange {
namespace {

using storage::test::error_of;
using storage::test::Folder;
using storage::test::packet_batch;
using storage::test::window_batch;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::string written(const defence::Perturbations& perturbations, const CsvOptions& options) {
  const Folder folder;
  CsvWriter writer(folder / "x.csv", options);
  writer.add(perturbations, "p");
  writer.commit(false);
  return text_of(folder / "x.csv");
}

/// Two slots, two samples each.
defence::Perturbations dictated(const std::vector<std::string>& devices) {
  auto set =
      std::make_shared<generator::GeneratorSet>(*defence::test::fixed("plug", {4, 100, 2, 50})->generators);
  generator::Generator generator = set->chains[0].generations[0].devices[0];
  set->slots = 2;
  generator.bias.resize(8);
  generator.weight.assign(generator::latent_size * 8, 0.0F);
  set->devices = devices;
  set->chains[0].generations[0].devices.assign(devices.size(), generator);
  defence::Perturbations perturbations;
  perturbations.generators = set;
  perturbations.num_samples = 2;
  return perturbations;
}

TEST(CsvPerturbations, of_which_hours_are_left_to_write_are_given_up_when_asked) {
  const Folder folder;
  defence::Perturbations perturbations = dictated({"plug"});
  perturbations.num_samples = 1'000'000'000;
  CsvWriter writer(folder / "x.csv", {});
  int asked = 0;
  writer.on_write([&] {
    if (++asked == 20) throw storage::StorageError("enough");
  });
  writer.add(perturbations, "p");
  EXPECT_EQ(error_of([&] { writer.commit(false); }), "enough");
}

TEST(CsvPerturbations, of_one_device_are_a_row_per_slot_under_named_columns) {
  EXPECT_EQ(written(dictated({"plug"}), {}),
            "out_packets,out_bytes,in_packets,in_bytes\n4,100,2,50\n4,100,2,50\n4,100,2,50\n4,100,2,50\n");
}

TEST(CsvPerturbations, may_have_no_header) {
  EXPECT_EQ(written(dictated({"plug"}), {false, Labels::automatic}),
            "4,100,2,50\n4,100,2,50\n4,100,2,50\n4,100,2,50\n");
}

TEST(CsvPerturbations, of_several_devices_say_whose_they_are) {
  EXPECT_EQ(written(dictated({"plug", "a,\"b\""}), {}),
            "device,sample,slot,out_packets,out_bytes,in_packets,in_bytes\n"
            "plug,0,0,4,100,2,50\nplug,0,1,4,100,2,50\nplug,1,0,4,100,2,50\nplug,1,1,4,100,2,50\n"
            "\"a,\"\"b\"\"\",0,0,4,100,2,50\n\"a,\"\"b\"\"\",0,1,4,100,2,50\n"
            "\"a,\"\"b\"\"\",1,0,4,100,2,50\n\"a,\"\"b\"\"\",1,1,4,100,2,50\n");
}

TEST(CsvPerturbations, may_be_labelled_always) {
  EXPECT_THAT(
      written(dictated({"plug"}), {true, Labels::always}),
      StartsWith("device,sample,slot,out_packets,out_bytes,in_packets,in_bytes\nplug,0,0,4,100,2,50\n"));
}

TEST(CsvPerturbations, of_several_devices_without_labels_are_refused) {
  const Folder folder;
  CsvWriter writer(folder / "x.csv", {true, Labels::never});
  EXPECT_EQ(error_of([&] {
              writer.add(dictated({"a", "b"}), "p");
            }),
            (folder / "x.csv").string() +
                ": 2 devices cannot be told apart without columns that name them (labels = \"never\")");
}

TEST(CsvPerturbations, of_one_chosen_device_of_several_need_no_labels) {
  defence::Perturbations perturbations = dictated({"cam", "plug"});
  perturbations.device = "plug";
  perturbations.num_samples = 1;
  EXPECT_EQ(written(perturbations, {true, Labels::never}),
            "out_packets,out_bytes,in_packets,in_bytes\n4,100,2,50\n4,100,2,50\n");
}

TEST(CsvPerturbations, may_come_from_a_table_without_generators) {
  auto table = std::make_shared<defence::SampleTable>();
  table->slots = 1;
  table->omega = 0.1;
  table->devices = {{"cam", true, {1, 20, 3, 40, 5, 60, 7, 80}}};
  defence::Perturbations perturbations;
  perturbations.table = table;
  perturbations.num_samples = 2;
  EXPECT_EQ(written(perturbations, {}), "out_packets,out_bytes,in_packets,in_bytes\n1,20,3,40\n5,60,7,80\n");
}

TEST(CsvPerturbations, are_the_samples_that_a_mixer_would_get) {
  const auto varied = defence::test::varied({"plug"}, 4, 300, 7);
  varied->num_samples = 3;
  std::string expected = "out_packets,out_bytes,in_packets,in_bytes\n";
  for (std::uint64_t index = 0; index < 3; ++index) {
    std::vector<std::uint16_t> sample(160);
    varied->sample(0, index, sample);
    for (std::size_t i = 0; i < 160; ++i) expected += std::to_string(sample[i]) + (i % 4 == 3 ? "\n" : ",");
  }
  EXPECT_EQ(written(*varied, {}), expected);
}

const std::string score_columns =
    "stage,defence,variant,level,attacker,view,seconds,windows,accuracy,accuracy_low,accuracy_high,macro_f1,"
    "macro_f1_low,macro_f1_high,macro_f1_deviation,interval_over,balanced_accuracy,highest_recall_device,"
    "highest_recall,"
    "majority,chance,seeds,intensity,payload_bytes_"
    "per_second,"
    "highest_payload_bytes_per_second,wire_bytes_per_second,overhead_percent,peak_second_bytes,over_budget_"
    "devices,"
    "delay_p50_seconds,delay_p95_seconds,delay_p99_seconds,delay_most_seconds,unsent_bytes,misdirected_"
    "bytes,";

TEST(CsvEvaluation, has_a_row_per_score_and_a_column_per_device) {
  const Folder folder;
  evaluation::EvaluationReport report;
  report.devices = {"cam", "plug, hall"};
  report.scores = {{"none", "static lstm", 120, 0.975, 1.0 / 3, 0.5, {1, std::nan("")}, {}},
                   {"ipet", "retrained lstm", 7, 0, 1e-9, 1, {0.25, 0.125}, {}}};
  CsvWriter writer(folder / "x.csv", {});
  writer.add(report, "e");
  writer.commit(false);
  EXPECT_EQ(text_of(folder / "x.csv"),
            score_columns +
                "recall_cam,\"recall_plug, hall\"\n"
                "e,none,,,static lstm,,0,120,0.975,,,0.3333333333333333,,,,,0,,0,0.5,0,1,,,,,,,,,,,,,,1,\n"
                "e,ipet,,,retrained lstm,,0,7,0,,,1e-09,,,,,0,,0,1,0,1,,,,,,,,,,,,,,0.25,0.125\n");
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(CsvEvaluation, of_a_comparison_has_costs_beside_each_score) {
  const Folder folder;
  evaluation::EvaluationReport report = evaluation::samples::comparison();
  report.scores = {report.scores[6], report.scores[7]};
  for (evaluation::Score& score : report.scores) {
    score.macro_f1 = 0.5;
    score.macro_f1_low = 0.25;
    score.macro_f1_high = 0.75;
    score.accuracy_low = 0.375;
    score.accuracy_high = 0.625;
    score.interval_over = "days";
    score.balanced_accuracy = score.accuracy = 0.5;
    score.chance = 0.25;
    score.recall[1] = 0.5;
  }
  for (evaluation::Cost& cost : report.costs) {
    cost.percent = 12.5;
    cost.wire_bytes_per_second = 64;
  }
  CsvWriter writer(folder / "x.csv", {});
  writer.add(report, "c");
  writer.commit(false);
  const std::vector<std::string> lines = lines_of(folder / "x.csv");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0],
            score_columns +
                "recall_bulb,recall_front_door-cam,\"recall_plug & socket, \"\"hall\"\"\",recall_other");
  const std::string score =
      "T2,lstm,aggregates of 15 "
      "min,0,400,0.5,0.375,0.625,0.5,0.25,0.75,,days,0.5,front_door-cam,0.9,0.5,0.25,2,";
  EXPECT_EQ(lines[1], "c,chorus,x0.5," + score + "0.5,40,60,64,12.5,12345,0,0,0,0,0,0,0,0.9,0.5,0.25,");
  // A quarter of a second is the lower edge of a bin; quantiles are bounded by the exact maximum.
  EXPECT_THAT(lines[2],
              testing::MatchesRegex("c,padding,own," + score +
                                    "1,2000,3000,64,12.5,12345,0,0.25.*,0.25.*,0.25.*,0.25,77,0,0.9,0.5,"
                                    "0.25,"));
}

TEST(CsvEvaluation, of_a_sweep_says_in_every_row_which_point_it_is_of) {
  evaluation::EvaluationReport report = evaluation::samples::comparison();
  report.scores.resize(2);
  report.point = {{"model", std::string("mlp, wide")}, {"omega", 0.1}, {"seed", std::int64_t{21}}};
  for (const auto which : {EvaluationTable::scores, EvaluationTable::overhead}) {
    const Folder folder;
    CsvOptions options;
    options.evaluation = which;
    CsvWriter writer(folder / "x.csv", options);
    writer.add(report, "e");
    writer.commit(false);
    const std::vector<std::string> lines = lines_of(folder / "x.csv");
    EXPECT_THAT(lines[0], testing::StartsWith("sweep_model,sweep_omega,sweep_seed,stage,defence,"));
    for (std::size_t i = 1; i < lines.size(); ++i)
      EXPECT_THAT(lines[i], testing::StartsWith("\"mlp, wide\",0.1,21,e,")) << i;
  }
}

TEST(CsvEvaluation, of_several_stages_is_one_table) {
  const Folder folder;
  evaluation::EvaluationReport one, two;
  one.devices = {"cam", "bulb"};
  one.scores = {{"none", "static lstm", 1, 1, 1, 1, {0.5, 1}, {}}};
  two.devices = {"plug", "bulb"};
  two.scores = {{"none", "static gru", 1, 1, 1, 1, {0.25, 0.75}, {}}};
  CsvWriter writer(folder / "x.csv", {});
  writer.add(two, "z");
  writer.add(one, "a");
  writer.commit(false);
  const std::vector<std::string> lines = lines_of(folder / "x.csv");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], testing::EndsWith(",recall_cam,recall_bulb,recall_plug"));
  EXPECT_THAT(lines[1], testing::AllOf(testing::StartsWith("a,none,"), testing::EndsWith(",0.5,1,")));
  EXPECT_THAT(lines[2], testing::AllOf(testing::StartsWith("z,none,"), testing::EndsWith(",,0.75,0.25")));
}

TEST(CsvEvaluation, gives_each_answer_when_asked_for_predictions) {
  evaluation::EvaluationReport report;
  report.devices = {"cam", "plug, hall"};
  report.scores = {{"ipet", "static lstm", 2, 1, 1, 1, {1, 1}, {}}};
  report.scores[0].level = "T5";
  auto predictions = std::make_shared<evaluation::Predictions>();
  evaluation::TestRows rows;
  rows.view = "windows";
  rows.captures = {"a.pcap"};
  rows.capture = {0, 0};
  rows.device = {1, 0};
  rows.start = {1'600'000'000'000'000'001, 7};
  rows.day = {5, 6};
  predictions->rows = {rows};
  evaluation::Answers answers, vote;
  answers.named = {0, 0};
  answers.classes = 2;
  answers.probabilities = {0.625F, 0.375F, 0.1F, 0};
  vote.row = {1};
  vote.truth = {1};
  vote.named = {0};
  vote.seed = 2;
  predictions->answers = {answers, vote};
  report.predictions = predictions;
  const Folder folder;
  CsvOptions options;
  options.evaluation = EvaluationTable::predictions;
  CsvWriter writer(folder / "x.csv", options);
  writer.add(report, "e");
  writer.add(evaluation::EvaluationReport{}, "without");
  writer.commit(false);
  EXPECT_EQ(text_of(folder / "x.csv"),
            "stage,defence,variant,level,attacker,seed,view,capture,device,start,day,truth,predicted,"
            "probability_cam,\"probability_plug, hall\"\n"
            "e,ipet,,T5,static lstm,0,windows,a.pcap,\"plug, hall\",2020-09-13T12:26:40.000000001Z,"
            "1970-01-01T00:00:00.000000005Z,\"plug, "
            "hall\",cam,0.625,0.375\n"
            "e,ipet,,T5,static lstm,0,windows,a.pcap,cam,1970-01-01T00:00:00.000000007Z,"
            "1970-01-01T00:00:00.000000006Z,cam,cam,0.1,0\n"
            "e,ipet,,T5,static lstm,2,windows,a.pcap,cam,1970-01-01T00:00:00.000000007Z,"
            "1970-01-01T00:00:00.000000006Z,\"plug, hall\",cam,,\n");
}

TEST(CsvEvaluation, refuses_a_device_with_the_name_of_the_class_of_unknown_ones) {
  const Folder folder;
  evaluation::EvaluationReport report = evaluation::samples::comparison();
  report.devices[0] = "other";
  EXPECT_EQ(
      error_of([&] {
        CsvWriter writer(folder / "x.csv", {});
        writer.add(report, "c");
        writer.commit(false);
      }),
      (folder / "x.csv").string() +
          ": stage 'c' has two devices named 'other', which is also what unknown devices are called; give "
          "the device another name");
  EXPECT_THAT(folder.entries(), ElementsAre());
}

TEST(CsvEvaluation, gives_what_went_over_each_line_when_asked_for_overhead) {
  const Folder folder;
  CsvOptions options;
  options.evaluation = EvaluationTable::overhead;
  CsvWriter writer(folder / "x.csv", options);
  evaluation::EvaluationReport report = evaluation::samples::comparison();
  report.costs[1].overhead.rows[0].exposed_minutes = 3;
  writer.add(report, "c");
  writer.commit(false);
  const std::vector<std::string> lines = lines_of(folder / "x.csv");
  ASSERT_EQ(lines.size(), 1 + 5 * 2U);
  EXPECT_EQ(
      lines[0],
      "stage,defence,variant,device,seconds,user_out_packets,user_out_payload_bytes,user_out_wire_bytes,"
      "user_in_packets,user_in_payload_bytes,user_in_wire_bytes,dummy_out_packets,"
      "dummy_out_payload_bytes,dummy_out_wire_bytes,dummy_in_packets,dummy_in_payload_bytes,"
      "dummy_in_wire_bytes,sent_out_packets,sent_out_payload_bytes,sent_out_wire_bytes,sent_in_packets,"
      "sent_in_payload_bytes,sent_in_wire_bytes,delay_p50_seconds,delay_p95_seconds,delay_p99_seconds,"
      "delay_most_seconds,unsent_bytes,misdirected_bytes,exposed_minutes");
  // 10 user packets of 2000 bytes (2420 on the wire) and 80 dummies of 100 bytes in 100 s, all sent.
  EXPECT_EQ(
      lines[3],
      "c,chorus,own,bulb,100,10,2000,2420,0,0,0,80,8000,11360,0,0,0,90,10000,13780,0,0,0,0,0,0,0,0,0,3");
  EXPECT_THAT(lines[7], testing::StartsWith("c,padding,own,bulb,100,10,2000,2420,0,0,0,2000,200000,284000,"));
  EXPECT_THAT(lines[7], testing::EndsWith(",0.25,77,0,0"));
}

TEST(CsvWindows, are_in_the_order_capture_device_time_and_defended_ones_last) {
  const Folder folder;
  CsvWriter writer(folder / "x.csv", {});
  writer.add(window_batch(0, 2, 0, 1, true, 1), {"d", 0});
  writer.add(window_batch(1, 2, 0, 1, false, 1), {"c", 0});
  writer.add(window_batch(0, 2, 1, 1, false, 1), {"b", 1});
  writer.add(window_batch(0, 2, 0, 1, false, 1), {"b", 0});
  writer.add(window_batch(0, 1, 0, 1, false, 1), {"a", 0});
  writer.commit(false);
  EXPECT_EQ(text_of(folder / "x.csv"),
            "capture,device,defended,start_ns,silence,out_packets_0,out_bytes_0,in_packets_0,in_bytes_0\n"
            "capture0,device1,0,0,0,100,100.125,100.25,100.375\n"
            "capture0,device2,0,0,0,200,200.125,200.25,200.375\n"
            "capture0,device2,0,1,0.25,201,201.125,201.25,201.375\n"
            "capture1,device2,0,1000000000,0,1200,1200.125,1200.25,1200.375\n"
            "capture0,device2,1,0,0,200,200.125,200.25,200.375\n");
}

TEST(CsvWindows, of_two_shapes_are_refused) {
  const Folder folder;
  EXPECT_EQ(
      error_of([&] {
        CsvWriter writer(folder / "x.csv", {});
        writer.add(window_batch(0, 1, 0, 1, false, 2), {"a", 0});
        writer.add(window_batch(0, 1, 0, 1, true, 3), {"b", 0});
        writer.commit(false);
      }),
      (folder / "x.csv").string() + ": windows of 2 slots and defended ones of 3 cannot share one table");
  EXPECT_THAT(folder.entries(), ElementsAre());
}

TEST(CsvPackets, have_integer_times_and_words_for_enumerations) {
  const Folder folder;
  CsvWriter writer(folder / "x.csv", {});
  writer.add(packet_batch(0, "a.pcap", "cam", 2, 2, true), {"a", 0});
  writer.commit(false);
  EXPECT_EQ(text_of(folder / "x.csv"),
            "capture,device,defended,time_ns,direction,size,protocol,dummy\n"
            "a.pcap,cam,1,2000,out,14,tcp,0\na.pcap,cam,1,3000,in,21,tcp,1\n");
}

TEST(CsvWriter, holds_one_kind_of_result) {
  const Folder folder;
  CsvWriter writer(folder / "x.csv", {});
  writer.add(dictated({"plug"}), "p");
  EXPECT_EQ(error_of([&] {
              writer.add(window_batch(0, 1, 0, 1), {"a", 0});
            }),
            (folder / "x.csv").string() +
                ": holds perturbations or windows, not both; give each a csv_writer of its own");
  EXPECT_EQ(error_of([&] { writer.add(dictated({"plug"}), "o"); }),
            (folder / "x.csv").string() +
                ": stages 'o' and 'p' both give a value for it; give each a csv_writer of its own");
}

TEST(CsvWriter, without_anything_to_write_makes_no_file_and_keeps_an_earlier_one) {
  const Folder folder;
  for (const bool interrupted : {true, false}) {
    EXPECT_EQ(CsvWriter(folder / "x.csv", {}).commit(interrupted), "");
    EXPECT_THAT(folder.entries(), ElementsAre());
  }
  std::ofstream(folder / "x.csv") << "earlier";
  EXPECT_EQ(CsvWriter(folder / "x.csv", {}).commit(false), "");
  EXPECT_EQ(text_of(folder / "x.csv"), "earlier");
}

TEST(CsvWriter, leaves_an_earlier_file_until_commit_and_for_good_when_interrupted) {
  const Folder folder;
  std::ofstream(folder / "x.csv") << "earlier";
  {
    CsvWriter writer(folder / "x.csv", {});
    writer.add(window_batch(0, 1, 0, 1), {"a", 0});
  }
  EXPECT_EQ(text_of(folder / "x.csv"), "earlier");
  EXPECT_THAT(folder.entries(), ElementsAre("x.csv"));
  {
    CsvWriter writer(folder / "x.csv", {});
    writer.add(dictated({"plug"}), "p");
    EXPECT_EQ(writer.commit(true), folder / "x.csv.interrupted");
  }
  EXPECT_EQ(text_of(folder / "x.csv"), "earlier");
  {
    CsvWriter writer(folder / "x.csv", {});
    writer.add(dictated({"plug"}), "p");
    EXPECT_EQ(writer.commit(false), folder / "x.csv");
  }
  EXPECT_THAT(text_of(folder / "x.csv"), StartsWith("out_packets"));
  EXPECT_THAT(folder.entries(), ElementsAre("x.csv", "x.csv.interrupted"));
}

TEST(CsvWriter, names_the_file_that_cannot_be_made) {
  const Folder folder;
  std::ofstream(folder / "runs") << "";
  EXPECT_EQ(error_of([&] { CsvWriter(folder / "runs/x.csv", {}); }),
            (folder / "runs/x.csv").string() + ": cannot create folder " + (folder / "runs").string() +
                ": Not a directory; let this run write elsewhere (--output, or the stage's option)");
  EXPECT_EQ(error_of([&] { CsvWriter(folder.path(), {}); }),
            folder.path().string() +
                ": a folder of this name is in the way; move it away, or let this run "
                "write elsewhere (--output, or the stage's option)");
}

TEST(CsvWriter, can_be_cancelled_while_it_writes) {
  const Folder folder;
  CsvWriter writer(folder / "x.csv", {});
  writer.add(dictated({"plug"}), "p");
  writer.on_write([] { throw storage::StorageError("cancelled"); });
  EXPECT_EQ(error_of([&] { writer.commit(false); }), "cancelled");
  EXPECT_FALSE(std::filesystem::exists(folder / "x.csv"));
}

template <class T>
std::string text(T number) {
  CsvText row;
  row.cell(number);
  return row.text();
}

TEST(CsvNumbers, read_back_exactly) {
  traffic::Random random(20);
  for (int i = 0; i < 10'000; ++i) {
    const double number = random.normal() * std::pow(10, random.uniform(-12, 18));
    ASSERT_EQ(std::stod(text(number)), number);
    const auto single = static_cast<float>(number);
    ASSERT_EQ(std::stof(text(single)), single);
  }
}

TEST(CsvNumbers, that_are_whole_have_no_exponent) {
  EXPECT_EQ(text(1'000'000.0F), "1000000");
  EXPECT_EQ(text(-40.0), "-40");
  EXPECT_EQ(text(0.1F), "0.1");
  EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(text(std::numeric_limits<float>::quiet_NaN()), "");
  EXPECT_EQ(text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

}  // namespace
}  // namespace ipet::interchange
