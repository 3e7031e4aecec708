// Files that are wrong, made so on purpose with h5py: each gives its one message, never a crash.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

#include <gmock/gmock.h>

#include "stages/storage/format.hpp"
#include "stages/storage/hdf5_reader.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

struct Case {
  const char* name;
  const char* damage;   ///< Python; `f` is the open file
  const char* message;  ///< after "FILE: "
};

const Case cases[] = {
    {"missing dataset", "del f['generators/chain_0/generation_0/plug/weight']",
     "/generators/chain_0/generation_0/plug/weight: missing"},
    {"missing generation", "del f['generators/chain_0/generation_0']",
     "/generators: generator set: chain 0 has no generation"},
    {"missing attribute", "del f['models/d'].attrs['classes']", "/models/d: no attribute 'classes'"},
    {"wrong shape", "replace('generators/chain_0/generation_0/plug/weight', np.zeros((20, 7), 'f4'))",
     "/generators/chain_0/generation_0/plug/weight: shape [20, 7], not [20, 8]"},
    {"wrong type", "replace('generators/chain_0/generation_0/plug/bias', np.zeros(8))",
     "/generators/chain_0/generation_0/plug/bias: holds float64, not float32"},
    {"NaN weight", "f['generators/chain_0/generation_0/plug/weight'][3, 1] = np.nan",
     "/generators/chain_0/generation_0/plug/weight: element 25 is not a finite number"},
    {"infinite parameter", "f['models/d/parameters/w'][1] = np.inf",
     "/models/d/parameters/w: element 1 is not a finite number"},
    {"limits", "f['generators'].attrs['max_packets_per_omega'] = -1.0",
     "/generators: generator set: max_packets_per_omega = -1.000000 is outside 0 .. 65535"},
    {"another latent size", "f['generators'].attrs['latent_size'] = 30",
     "/generators: attribute 'latent_size' is 30, but this program draws 20 numbers"},
    {"negative count", "f['generators'].attrs['slots'] = -2",
     "/generators: attribute 'slots' does not fit: -2"},
    {"text for a number", "f['generators'].attrs['slots'] = 'two'",
     "/generators: attribute 'slots' is not a whole number"},
    {"NaN for a number", "f['models/d'].attrs['omega'] = float('nan')",
     "/models/d: attribute 'omega' is not a finite number"},
    {"number for a text", "f['models/d'].attrs['model'] = 3", "/models/d: attribute 'model' is not a text"},
    {"unknown split", "f['models/d'].attrs['split_mode'] = 'weekly'",
     "/models/d: attribute 'split_mode' is \"weekly\", none of auto, capture, day, leave_one_day_out, "
     "random, "
     "shuffled"},
    {"a split that is yet to be found", "f['models/d'].attrs['split_mode'] = 'auto'",
     "/models/d: attribute 'split_mode' says how to find a split, not which one it was"},
    {"unknown normalisation", "f['models/d'].attrs['normalisation'] = 'log2'",
     "/models/d: attribute 'normalisation' is \"log2\", none of log1p, none"},
    {"unknown rows", "f['generators'].attrs['rows'] = 'any'",
     "/generators: attribute 'rows' is \"any\", none of feasible, free"},
    {"a group for a dataset", "del f['windows/start']; f.create_group('windows/start')",
     "/windows/start: is a group, not a dataset"},
    {"a dataset for a group", "del f['models']; f['models'] = [1]", "/models: is a dataset, not a group"},
    {"terabytes",
     "del f['perturbations/plug']; f['perturbations'].create_dataset('plug', (2**40, 2, 4), 'u2', "
     "chunks=(64, 2, 4))",
     "/perturbations/plug: shape [1099511627776, 2, 4], but the file holds only 0 bytes of it"},
    {"a huge chunk",
     "del f['perturbations/plug']; f['perturbations'].create_dataset('plug', (9, 2, 4), 'u2', "
     "chunks=(2**25, 2, 4), maxshape=(None, 2, 4))",
     "/perturbations/plug: has chunks of more than 256 MiB"},
    {"terabytes of windows",
     "[resize(n, (2**42,) + f['windows/' + n].shape[1:]) for n in "
     "('features', 'silence', 'device', 'capture', 'start')]",
     "/windows/capture: shape [4398046511104], but the file holds only 0 bytes of it"},
    {"too few rows", "replace('windows/silence', np.zeros(3, 'f4'))", "/windows/silence: shape [3], not [4]"},
    {"NaN feature", "f['windows/features'][2, 0, 0] = np.nan",
     "/windows/features: row 2 is not a finite number"},
    {"no such device", "f['windows/device'][:] = 700",
     "/windows: row 0: capture 0 or device 700 does not exist"},
    {"not sorted", "f['windows/device'][0] = 1", "/windows: row 1: not sorted by capture and device"},
    {"other captures", "f['windows/captures'][0] = 'another'",
     "/windows: captures are not those of /captures/names"},
    {"no slots", "f['windows'].attrs['slots'] = 0", "/windows: attribute 'slots' is 0"},
    {"no column", "del f['mixed/c/plug/protocol']", "/mixed/c/plug: no column 'protocol'"},
    {"unknown direction", "f['mixed/c/plug/direction'][2] = 7",
     "/mixed/c/plug: row 2 has an unknown direction, protocol or dummy"},
    {"enumeration",
     "replace('mixed/c/plug/direction', np.zeros(5, h5py.enum_dtype({'out': 0}, basetype='u1')))",
     "/mixed/c/plug/direction: holds an enumeration, not uint8"},
    {"column too short", "replace('mixed/c/plug/direction', np.zeros(4, 'u1'))",
     "/mixed/c/plug/direction: shape [4], not [5]"},
    {"back in time", "f['mixed/c/plug/time_ns'][2] = -1",
     "/mixed/c/plug: row 2 is older than the row before it"},
    {"time of no calendar", "f['mixed/c/plug/time_ns'][0] = -2**63",
     "/mixed/c/plug: row 0 is before 1969 or after 2255"},
    {"start of no calendar", "f['windows/start'][3] = 2**63 - 1",
     "/windows/start: row 3 is before 1969 or after 2255"},
    {"two devices of a name", "f['devices/name'][:] = b'plug'", "/devices: two devices are named 'plug'"},
    {"a name that no terminal wants", "f['devices/name'][0] = b'\\x1b[2J'",
     "/devices: row 0 has the name '\\x1b[2J', which holds control characters or is no UTF-8"},
    {"no devices", "del f['devices']", "/devices: missing"},
    {"no bool", "f['devices/declared'][0] = 2", "/devices/declared: holds what is no bool"},
    {"elsewhere", "del f['windows/start']; f['windows/start'] = h5py.ExternalLink('other.h5', '/x')",
     "/windows/start: a link to another file, which is not followed"},
    {"by way of another",
     "del f['windows/start']; f['ext'] = h5py.ExternalLink('other.h5', '/'); f['windows/start'] = "
     "h5py.SoftLink('/ext/x')",
     "/windows/start: a soft link, which may lead to another file and is not followed"},
    {"values elsewhere",
     "del f['windows/start']; f['windows'].create_dataset('start', (4,), 'i8', external=[('/dev/zero', 0, "
     "32)])",
     "/windows/start: its values lie in other files, which are not read"},
    {"newer", "f.attrs['format_version'] = 5",
     "format version 5, but this program reads 3 and 4: it was written by a newer ipet"},
    {"another program's", "del f.attrs['format_version']",
     "no attribute 'format_version': not a result file of ipet"},
};

constexpr const char* prelude = R"(
import shutil, sys, h5py, numpy as np
def replace(path, values):
    attributes = dict(f[path].attrs); del f[path]; f[path] = values
    for k, v in attributes.items():
        if k != 'DIMENSION_LIST': f[path].attrs[k] = v
def resize(name, shape):
    kind = f['windows/' + name].dtype; del f['windows/' + name]
    f['windows'].create_dataset(name, shape, kind, chunks=(64,) + shape[1:])
)";

/// A small file with one of everything.
void write_base(const std::filesystem::path& file) {
  Hdf5Writer writer(file, 4);
  fingerprint::TrainedModel model;
  model.model = "lstm";
  model.classes = {"plug"};
  model.split.mode = fingerprint::SplitMode::random;
  model.parameters = {{"w", {2}, {1, 2}}};
  writer.add(model, "d");
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
  writer.add(*set, "generators");
  defence::Perturbations perturbations;
  perturbations.generators = set;
  perturbations.num_samples = 9;
  writer.add(perturbations, "perturbations");
  windows::WindowBatch windows = window_batch(0, 0, 0, 4);
  windows.capture_name = shared("c");
  writer.add(windows, {"x", 0});
  writer.add(packet_batch(0, "c", "plug", 0, 5, true), {"y", 0});
  writer.commit(facts());
}

void read_everything(const std::filesystem::path& file, const Warn& warn = {}) {
  const Hdf5Reader reader(file, warn);
  for (const std::string& stage : reader.models()) (void)reader.model(stage);
  (void)reader.generators();
  (void)reader.perturbations();
  (void)reader.summaries();
  for (const StoredRows& rows : reader.rows(Stream::windows)) (void)reader.read_windows(rows, 0, rows.count);
  for (const StoredRows& rows : reader.rows(Stream::mixed)) (void)reader.read_packets(rows, 0, rows.count);
}

TEST(ReaderDamage, gives_one_message_that_names_file_place_and_reason) {
  const Folder folder;
  write_base(folder / "base.h5");
  EXPECT_EQ(error_of([&] { read_everything(folder / "base.h5"); }), "") << "the file before the damage";
  std::ofstream script(folder / "damage.py");
  script << prelude;
  for (const Case& one : cases) {
    const std::string file = (folder / one.name).string();
    script << "shutil.copy(sys.argv[1], '''" << file << "''')\nwith h5py.File('''" << file
           << "''', 'r+') as f:\n  " << one.damage << "\n";
  }
  script.close();
  const CommandResult made = run("/usr/bin/python3 '" + (folder / "damage.py").string() + "' '" +
                                 (folder / "base.h5").string() + "'");
  ASSERT_EQ(made.status, 0) << made.output;
  for (const Case& one : cases) {
    const std::string file = (folder / one.name).string();
    EXPECT_EQ(error_of([&] { read_everything(file); }), file + ": " + one.message) << one.name;
  }
}

TEST(ReaderDamage, of_files_that_are_no_HDF5_or_missing_is_told) {
  const Folder folder;
  std::ofstream(folder / "notes.h5") << "these are my notes";
  EXPECT_THAT(error_of([&] { Hdf5Reader(folder / "notes.h5"); }),
              testing::StartsWith((folder / "notes.h5").string() + ": not an HDF5 file: "));
  EXPECT_EQ(error_of([&] { Hdf5Reader(folder / "nothing.h5"); }),
            (folder / "nothing.h5").string() + ": No such file or directory");
}

TEST(ReaderDamage, at_any_length_of_a_truncated_file_is_an_error) {
  const Folder folder;
  write_base(folder / "base.h5");
  std::stringstream whole;
  whole << std::ifstream(folder / "base.h5").rdbuf();
  const std::string bytes = whole.str();
  const std::size_t end = bytes.rfind("ipet digests 1\n");  // where HDF5's own part ends
  ASSERT_NE(end, std::string::npos);
  for (std::size_t length = 0; length < end; length += 4999) {
    std::ofstream(folder / "cut.h5", std::ios::trunc) << bytes.substr(0, length);
    EXPECT_THAT(error_of([&] { read_everything(folder / "cut.h5"); }),
                testing::StartsWith((folder / "cut.h5").string() + ": not an HDF5 file: "))
        << length << " bytes";
  }
}

/// What a process that reads the file comes to. It ends by itself after two minutes.
std::string outcome_of(const std::filesystem::path& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(120);
    int answer = 0;
    try {
      read_everything(file, [&](const std::string& text) {
        answer = std::max(answer, text.find("edited or damaged") == std::string::npos ? 1 : 2);
      });
    } catch (const StorageError& error) {
      const std::string text = error.what();
      answer = text.find("this file is damaged") != std::string::npos ? 5 : 3;
      if (text.find("damaged since ipet wrote it") != std::string::npos) answer = 4;
    }
    ::_exit(answer);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return numbered("CRASH or hang, signal ", WTERMSIG(status));
  constexpr const char* answers[] = {"read without a word",
                                     "read, with a warning about the file",
                                     "read, with a warning that names the dataset",
                                     "another error",
                                     "error that names the damaged dataset",
                                     "error: HDF5 did not survive in the child"};
  return answers[WEXITSTATUS(status)];
}

/// By hand with many files: IPET_FLIPS=600 IPET_FLIPS_SEED=7 IPET_FLIPS_FILE=runs/quickstart/ipet.h5
TEST(ReaderDamage, in_random_bytes_is_survived) {
  const auto setting = [](const char* name, const std::string& otherwise) {
    const char* const value = std::getenv(name);
    return value == nullptr ? otherwise : std::string(value);
  };
  const Folder folder;
  write_base(folder / "base.h5");
  const int files = std::stoi(setting("IPET_FLIPS", "10"));
  const unsigned long seed = std::stoul(setting("IPET_FLIPS_SEED", std::to_string(std::random_device()())));
  std::stringstream whole;
  whole << std::ifstream(setting("IPET_FLIPS_FILE", (folder / "base.h5").string())).rdbuf();
  const std::string bytes = whole.str();
  const std::size_t end = bytes.rfind("ipet digests 1\n");
  ASSERT_NE(end, std::string::npos);
  std::mt19937_64 random(seed);
  std::map<std::string, int> counts;
  for (int i = 0; i < files; ++i) {
    // Every other one without digests, as after a change by another program.
    std::string damaged = i % 2 == 0 ? bytes : bytes.substr(0, end);
    for (std::uint64_t flips = 1 + random() % 8; flips > 0; --flips) {
      char& byte = damaged[random() % damaged.size()];
      byte = static_cast<char>(byte ^ (1 + random() % 255));
    }
    std::ofstream(folder / "damaged.h5", std::ios::trunc) << damaged;
    const std::string outcome = outcome_of(folder / "damaged.h5");
    EXPECT_THAT(outcome, testing::Not(testing::StartsWith("CRASH"))) << "file " << i << " of seed " << seed;
    ++counts[(i % 2 == 0 ? "digests, " : "no digests, ") + outcome];
  }
  std::cout << "seed " << seed << "\n";
  for (const auto& [outcome, count] : counts) std::cout << count << "  " << outcome << "\n";
}

}  // namespace
}  // namespace ipet::storage::test
