// Numpy files as numpy reads them: shapes, types, order of rows and columns (read_npy.py computes the
// values).
#include "stages/interchange/npy_writer.hpp"

#include <gmock/gmock.h>
#include <malloc.h>

#include "stages/interchange/npy_file.hpp"
#include "tests/defence/fixtures.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::interchange {
namespace {

using storage::test::error_of;
using storage::test::Folder;
using storage::test::packet_batch;
using storage::test::window_batch;
using testing::ElementsAre;

void expect_numpy(const std::string& check, const std::filesystem::path& folder) {
  const auto result =
      storage::test::run(IPET_PYTHON " -B " IPET_SOURCE_DIR "/tests/interchange/read_npy.py " + check + " '" +
                         folder.string() + "'");
  EXPECT_EQ(result.status, 0) << result.output;
}

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

TEST(NpyWindows, are_in_the_order_capture_device_time_whatever_their_arrival) {
  const Folder folder;
  NpyWriter writer(folder / "npy");
  writer.add(window_batch(2, 3, 0, 1), {"c", 7});
  writer.add(window_batch(0, 7, 3, 2), {"a", 5});
  writer.add(window_batch(2, 1, 0, 4), {"c", 0});
  writer.add(window_batch(0, 1, 0, 2), {"a", 0});
  writer.add(window_batch(0, 7, 0, 3), {"a", 2});
  writer.add(window_batch(1, 1, 0, 3), {"b", 0});
  EXPECT_EQ(writer.commit(false), folder / "npy");
  expect_numpy("windows", folder / "npy");
}

TEST(NpyWindows, give_the_same_bytes_for_any_order_of_arrival) {
  const Folder folder;
  for (const bool backwards : {false, true}) {
    NpyWriter writer(folder / (backwards ? "b" : "a"));
    for (int i = 0; i < 12; ++i) {
      const int n = backwards ? 11 - i : i;
      writer.add(window_batch(static_cast<std::uint32_t>(n % 3), n % 2, n, 3),
                 {std::string(1, static_cast<char>('a' + n % 3)), static_cast<std::uint64_t>(n)});
    }
    writer.commit(false);
  }
  for (const char* name : {"new_features_main.npy", "new_silences.npy", "new_labels.npy", "contents.json"})
    EXPECT_EQ(text_of(folder / "a" / name), text_of(folder / "b" / name)) << name;
}

TEST(NpyWindows, have_silences_in_double) {
  const Folder folder;
  NpyWriter writer(folder / "npy");
  windows::WindowBatch batch = window_batch(0, 1, 0, 2);
  batch.silence = {0, 100'000.004};  // 100000.0078125 in float32
  writer.add(batch, {"a", 0});
  writer.commit(false);
  expect_numpy("long_silence", folder / "npy");
}

TEST(NpyWindows, of_defended_traffic_lie_in_their_own_folder) {
  const Folder folder;
  NpyWriter writer(folder / "npy");
  writer.add(window_batch(0, 1, 0, 6, true), {"d", 0});
  writer.add(window_batch(0, 1, 0, 2), {"a", 0});
  writer.commit(false);
  expect_numpy("defended", folder / "npy");
}

TEST(NpyWindows, of_other_slots_are_refused) {
  const Folder folder;
  NpyWriter writer(folder / "npy");
  writer.add(window_batch(0, 1, 0, 2), {"a", 0});
  EXPECT_EQ(error_of([&] {
              writer.add(window_batch(0, 1, 2, 2, false, 4), {"a", 1});
            }),
            (folder / "npy").string() +
                ": windows of 3 slots and of 4 slots, or of other lengths, cannot share one table");
}

TEST(NpyPerturbations, have_a_row_per_slot_with_in_before_out) {
  const Folder folder;
  NpyWriter writer(folder / "npy");
  auto perturbations = defence::test::fixed("plug", {4, 100, 2, 50});
  perturbations->num_samples = 5;
  writer.add(*perturbations, "p");
  writer.commit(false);
  expect_numpy("perturbations", folder / "npy");
}

TEST(NpyPerturbations, of_which_hours_are_left_to_write_are_given_up_when_asked) {
  const Folder folder;
  auto perturbations = defence::test::fixed("plug", {4, 100, 2, 50});
  perturbations->num_samples = 1'000'000'000;
  NpyWriter writer(folder / "npy");
  int asked = 0;
  writer.on_write([&] {
    if (++asked == 20) throw storage::StorageError("enough");
  });
  writer.add(*perturbations, "p");
  EXPECT_EQ(error_of([&] { writer.commit(false); }), "enough");
}

TEST(NpyPerturbations, name_their_generation) {
  const Folder folder;
  auto perturbations = defence::test::varied({"plug", "a/b"}, 4, 100, 1);
  perturbations->num_samples = 2;
  perturbations->ensemble = false;
  perturbations->generation = 1;
  NpyWriter writer(folder / "npy");
  writer.add(*perturbations, "p");
  EXPECT_EQ(
      error_of([&] { writer.add(*perturbations, "o"); }),
      (folder / "npy").string() + ": stages 'o' and 'p' both give perturbations; write them to two folders");
  writer.commit(false);
  EXPECT_TRUE(std::filesystem::exists(folder / "npy/plug_1.npy"));
  EXPECT_TRUE(std::filesystem::exists(folder / "npy/a%2Fb_1.npy"));
}

TEST(NpyPerturbations, of_a_chosen_device_make_one_file) {
  const Folder folder;
  auto perturbations = defence::test::varied({"cam", "plug"}, 4, 100, 1);
  perturbations->num_samples = 2;
  perturbations->device = "plug";
  perturbations->ensemble = false;  // and no generation: the first
  NpyWriter writer(folder / "npy");
  writer.add(*perturbations, "p");
  writer.commit(false);
  EXPECT_TRUE(std::filesystem::exists(folder / "npy/plug_0.npy"));
  EXPECT_FALSE(std::filesystem::exists(folder / "npy/cam_0.npy"));
}

TEST(NpyTraces, have_direction_dummy_size_and_time_of_each_packet) {
  const Folder folder;
  NpyWriter writer(folder / "npy");
  writer.add(packet_batch(0, "day1/a.pcap", "cam", 30, 30, true), {"a", 1});
  writer.add(packet_batch(0, "day1/a.pcap", "cam", 10, 20, true), {"a", 0});
  writer.add(packet_batch(0, "day1/a.pcap", "plug \xC3\xBC", 4, 5, true), {"b", 0});
  writer.add(packet_batch(1, "b.pcap", "cam", 100, 3, true), {"c", 0});
  writer.add(packet_batch(0, "day1/a.pcap", "cam", 3, 5, false), {"d", 0});
  writer.commit(false);
  expect_numpy("traces", folder / "npy");
}

TEST(NpyWriter, without_commit_leaves_nothing) {
  const Folder folder;
  {
    NpyWriter writer(folder / "npy");
    writer.add(window_batch(0, 1, 0, 5000), {"a", 0});
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "npy"));
}

TEST(NpyWriter, of_an_interrupted_run_replaces_no_earlier_result) {
  const Folder folder;
  for (const bool interrupted : {true, true, false}) {
    NpyWriter writer(folder / "npy");
    writer.add(window_batch(0, 1, 0, interrupted ? 1 : 2), {"a", 0});
    // The first one has nothing to replace.
    const bool first = !std::filesystem::exists(folder / "npy/contents.json");
    EXPECT_EQ(writer.commit(interrupted).filename(), interrupted && !first ? "npy.interrupted" : "npy");
  }
  EXPECT_THAT(folder.entries(), ElementsAre("npy", "npy.interrupted"));
}

TEST(NpyWriter, with_nothing_to_write_says_so_in_its_contents) {
  const Folder folder;
  NpyWriter(folder / "npy").commit(false);
  expect_numpy("empty", folder / "npy");
}

TEST(NpyWriter, of_one_folder_is_one_only) {
  const Folder folder;
  const NpyWriter first(folder / "npy");
  EXPECT_EQ(error_of([&] { NpyWriter(folder / "npy"); }),
            (folder / "npy").string() + ": two stages write this file; give each its own");
}

/// Of all memory that malloc gave and has not got back; 0 under a sanitizer.
std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(OutputFile, keeps_no_buffer_when_it_is_finished) {
  const Folder folder;
  const std::string content(200'000, 'x');
  const auto finished = [&](auto file) {
    file.write(content);
    file.finish();
    return file;
  };
  const std::size_t before = allocated();
  storage::Staging staging(folder.path(), "file");
  const storage::OutputFile file = finished(storage::OutputFile(folder / "file", staging));
  EXPECT_LT(allocated(), before + content.size() / 2);
}

TEST(NpyFile, header_is_of_version_one_and_aligned) {
  const Folder folder;
  storage::Staging staging(folder.path(), "x.npy");
  NpyFile file(folder / "x.npy", staging, {2, 3});
  const std::vector<double> numbers(12, 1.5);
  file.append(numbers);
  EXPECT_EQ(folder.entries().size(), 1U);
  EXPECT_FALSE(std::filesystem::exists(folder / "x.npy"));
  storage::CompleteFiles files;
  file.hand_over(files);
  storage::publish_at_once(folder / "x.npy", files);
  const std::string text = text_of(folder / "x.npy");
  // NEP 1: magic, version, length of what follows up to a line end, all before the data a multiple of 64.
  EXPECT_EQ(text.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t length = static_cast<unsigned char>(text[8]) + 256U * static_cast<unsigned char>(text[9]);
  EXPECT_EQ((10 + length) % 64, 0U);
  EXPECT_EQ(text[9 + length], '\n');
  EXPECT_THAT(text, testing::HasSubstr("{'descr': '<f8', 'fortran_order': False, 'shape': (2,2,3,), }"));
  EXPECT_EQ(text.size(), 10 + length + 12 * sizeof(double));
}

TEST(FileNames, are_safe_and_never_too_long) {
  EXPECT_EQ(file_name_of("cam 1"), "cam 1");
  EXPECT_EQ(file_name_of("../etc/passwd"), "..%2Fetc%2Fpasswd");
  EXPECT_EQ(file_name_of(".."), "%2E%2E");
  EXPECT_EQ(file_name_of(""), "%");
  const std::string long_name(300, 'x');
  EXPECT_LE(file_name_of(long_name).size(), 200U);
  EXPECT_NE(file_name_of(long_name), file_name_of(long_name + "y"));
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string slashes(shift, 'x'), umlauts(shift, 'x');
    for (int i = 0; i < 150; ++i) {
      slashes += '/';
      umlauts += "\xC3\xBC";
    }
    const std::string a = file_name_of(slashes), b = file_name_of(umlauts);
    const std::string end_a = a.substr(0, a.find('~')), end_b = b.substr(0, b.find('~'));
    EXPECT_TRUE(end_a.ends_with("%2F")) << a;
    EXPECT_TRUE(end_b.ends_with("\xC3\xBC")) << b;
  }
}

}  // namespace
}  // namespace ipet::interchange
