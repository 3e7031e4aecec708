#include "stages/storage/checkpoint_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <system_error>
#include <vector>

#include "pipeline/checksum/content_hash.hpp"
#include "pipeline/text/lists.hpp"
#include "stages/files/object_names.hpp"
#include "stages/storage/read_node.hpp"
#include "stages/storage/sections.hpp"

namespace ipet::storage {

namespace {

namespace fs = std::filesystem;
using generator::CompleteStage;
using generator::Generator;

/// Counts up when the files hold something else; part of the key.
constexpr int checkpoint_version = 1;

/// HDF5 leaves this much room in front of its own data ("user block"): text, filled up with zeros.
constexpr std::size_t header_bytes = 512;
/// Digits of a key in the name of its folder; the whole key stands in the files.
constexpr std::size_t folder_digits = 16;

std::string checksum_of(std::string_view key, std::string_view content) {
  return checksum::ContentHash().add(key).bytes(content.data(), content.size()).text();
}

std::string header(const std::string& key, const std::string& checksum) {
  std::string text = "ipet checkpoint\nkey " + key + "\nxxh3-128 " + checksum + "\n";
  text.resize(header_bytes, '\0');
  return text;
}

struct Header {
  std::string key, checksum;
};

std::optional<Header> parse_header(const std::string& bytes) {
  static const std::regex form("ipet checkpoint\nkey ([0-9a-f]{32})\nxxh3-128 ([0-9a-f]{32})\n");
  std::smatch match;
  const std::string text = bytes.substr(0, std::min(bytes.find('\0'), bytes.size()));
  if (!std::regex_match(text, match, form)) return std::nullopt;
  return Header{match[1], match[2]};
}

void write_device_rows(Group& group, const char* name, const std::vector<Generator>& devices,
                       const std::vector<std::uint64_t>& row, std::vector<float> Generator::*member) {
  ArrayWriter array = group.array<float>(name, {devices.size(), row});
  for (const Generator& device : devices) {
    if ((device.*member).size() != (devices.front().*member).size())
      group.refuse("generators of different sizes");
    array.append((device.*member).data(), 1);
  }
  array.finish();
}

void write_discriminator(Group& root, const std::vector<fingerprint::NamedArray>& parameters) {
  Group group = root.group("discriminator");
  write_parameters(group, parameters);
  // Order of the parameters, and which have no dimensions: HDF5 keeps neither.
  root.texts("parameter_names", text::mapped(parameters, &fingerprint::NamedArray::name));
  const auto rank = [](const auto& parameter) -> std::uint64_t { return parameter.shape.size(); };
  root.numbers("parameter_ranks", text::mapped(parameters, rank));
}

void write_stage(Group& root, std::size_t chain, std::size_t stage, const CompleteStage& complete) {
  const generator::Generation& generation = complete.generation;
  root.attribute("chain", static_cast<std::uint64_t>(chain));
  root.attribute("training_stage", static_cast<std::uint64_t>(stage + 1));
  root.attribute("discriminator_loss", generation.discriminator_loss);
  Group generators = root.group("generators");
  const std::uint64_t outputs = generation.devices.empty() ? 0 : generation.devices.front().bias.size();
  write_device_rows(generators, "weight", generation.devices, {generator::latent_size, outputs},
                    &Generator::weight);
  write_device_rows(generators, "bias", generation.devices, {outputs}, &Generator::bias);
  generators.numbers("first_loss", text::mapped(generation.devices, &Generator::first_loss));
  generators.numbers("last_loss", text::mapped(generation.devices, &Generator::last_loss));
  generators.numbers("windows", text::mapped(generation.devices, &Generator::windows));
  write_discriminator(root, generation.discriminator);
  Group optimiser = root.group("optimiser");
  optimiser.attribute("steps", complete.optimiser.steps);
  optimiser.numbers("first_moment", complete.optimiser.first);
  optimiser.numbers("second_moment", complete.optimiser.second);
}

std::vector<Generator> read_stage_generators(const ReadGroup& group) {
  const ReadArray weight = group.array("weight"), bias = group.array("bias");
  const std::vector<double> first_loss = group.array("first_loss").read<double>();
  const std::vector<double> last_loss = group.array("last_loss").read<double>();
  const std::vector<std::uint64_t> windows = group.array("windows").read<std::uint64_t>();
  std::vector<Generator> devices(windows.size());
  if (weight.rows() != devices.size() || bias.rows() != devices.size() ||
      first_loss.size() != devices.size() || last_loss.size() != devices.size())
    group.refuse("datasets of different lengths");
  for (std::size_t d = 0; d < devices.size(); ++d)
    devices[d] = {weight.read<float>(d, 1), bias.read<float>(d, 1), first_loss[d], last_loss[d], windows[d]};
  return devices;
}

std::vector<fingerprint::NamedArray> read_discriminator(const ReadGroup& root) {
  const std::vector<std::string> names = root.array("parameter_names").texts();
  const std::vector<std::uint64_t> ranks = root.array("parameter_ranks").read<std::uint64_t>();
  if (ranks.size() != names.size()) root.refuse("datasets of different lengths");
  const ReadGroup group = root.group("discriminator");
  std::vector<fingerprint::NamedArray> parameters;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ReadArray array = group.array(encode_name(names[i]));
    fingerprint::NamedArray parameter{names[i], {}, array.read<float>()};
    if (ranks[i] > 0) parameter.shape.assign(array.shape().begin(), array.shape().end());
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

CompleteStage read_complete(const fs::path& file, std::uint64_t bytes) {
  const h5::Library library;
  auto source = std::make_shared<Source>();
  source->shown = file.string();
  source->identity.bytes = bytes;
  source->file = h5::File(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (source->file.get() < 0) h5::fail(source->shown, "", "open");
  const ReadGroup root(source, "/", h5::GroupId(H5Gopen2(source->file.get(), "/", H5P_DEFAULT)));
  CompleteStage complete;
  complete.generation = {read_stage_generators(root.group("generators")), read_discriminator(root),
                         root.number<double>("discriminator_loss")};
  const ReadGroup optimiser = root.group("optimiser");
  complete.optimiser = {optimiser.number<std::uint64_t>("steps"),
                        optimiser.array("first_moment").read<float>(),
                        optimiser.array("second_moment").read<float>()};
  return complete;
}

struct Checked {
  std::string key;
  std::uint64_t bytes = 0;
};

/// Reads the whole file before HDF5 does, which may crash on a damaged one.
Checked check_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw StorageError(file.string() + ": " + std::generic_category().message(errno));
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const std::optional<Header> header = parse_header(bytes.substr(0, header_bytes));
  if (!header || bytes.size() <= header_bytes ||
      checksum_of(header->key, std::string_view(bytes).substr(header_bytes)) != header->checksum)
    throw StorageError(file.string() + ": damaged: its checksum is not that of its content");
  return {header->key, bytes.size()};
}

/// Files with a checkpoint's name, sorted.
std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  static const std::regex ours(R"(chain_\d+_stage_\d+\.h5)");
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (std::regex_match(entry.path().filename().string(), ours)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const DiskFile& disk) {
  std::string content(disk.end() - header_bytes, '\0');
  if (!disk.read(header_bytes, content.data(), content.size()))
    throw StorageError(disk.shown() + ": cannot be read back");
  return content;
}

}  // namespace

CheckpointFolder::CheckpointFolder(const fs::path& folder, std::string key, bool fresh,
                                   fingerprint::Observer& observer)
    : key_(checksum::ContentHash().add(checkpoint_version).add(key).text()),
      folder_(folder / key_.substr(0, folder_digits)),
      observer_(observer) {
  try {
    staging_ = std::make_unique<Staging>(folder, folder.string());
  } catch (const StorageError& error) {
    give_up(error.what());
    return;
  }
  std::error_code error;
  if (fresh) {
    for (const fs::path& file : checkpoints_in(folder_)) fs::remove(file, error);
  }
  tell_of_others(folder);
}

fs::path CheckpointFolder::file_of(std::size_t chain, std::size_t stage) const {
  return folder_ / ("chain_" + std::to_string(chain) + "_stage_" + std::to_string(stage + 1) + ".h5");
}

void CheckpointFolder::tell_of_others(const fs::path& all) {
  static const std::regex of_a_key("[0-9a-f]{" + std::to_string(folder_digits) + "}");
  std::error_code error;
  std::uintmax_t bytes = 0;
  std::size_t others = 0;
  for (const auto& entry : fs::directory_iterator(all, error)) {
    if (entry.path() == folder_ || !std::regex_match(entry.path().filename().string(), of_a_key)) continue;
    const std::vector<fs::path> files = checkpoints_in(entry.path());
    if (!files.empty()) ++others;
    for (const fs::path& file : files) bytes += fs::file_size(file, error);
  }
  if (others == 0) return;
  const bool first = checkpoints_in(folder_).empty();
  observer_.info(
      (first ? "options or inputs differ from those of the earlier run: training starts afresh; " : "") +
      ("checkpoints of " + std::to_string(others)) + (others == 1 ? " other training" : " other trainings") +
      " stay in " + all.string() + " (" + std::to_string((bytes >> 10) + 1) +
      " KiB); remove what is not wanted any more");
}

void CheckpointFolder::give_up(const std::string& reason) {
  if (given_up_.exchange(true)) return;
  observer_.warn("no checkpoints: " + reason + "; should this run be killed, its training starts over");
}

std::vector<CompleteStage> CheckpointFolder::load(std::size_t chain, std::size_t limit) {
  std::vector<CompleteStage> complete;
  std::error_code error;
  while (complete.size() < limit) {
    const fs::path file = file_of(chain, complete.size());
    if (!fs::exists(file, error)) break;
    try {
      const Checked checked = check_file(file);
      if (checked.key != key_) break;
      complete.push_back(read_complete(file, checked.bytes));
    } catch (const StorageError& damage) {
      observer_.warn(std::string(damage.what()) + "; this stage is trained again");
      break;
    }
  }
  return complete;
}

void CheckpointFolder::save(std::size_t chain, std::size_t stage, const CompleteStage& complete) {
  if (given_up_) return;
  try {
    write(chain, stage, complete, file_of(chain, stage));
  } catch (const StorageError& error) {
    give_up(error.what());
  }
}

void CheckpointFolder::write(std::size_t chain, std::size_t stage, const CompleteStage& complete,
                             const fs::path& final) {
  const h5::Library library;
  DiskFile disk(*staging_, final.string());
  Target target{disk, 0};
  const h5::PropertyList access = disk.access(), create(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_userblock(create.get(), header_bytes);
  h5::File file(H5Fcreate(disk.path().c_str(), H5F_ACC_TRUNC, create.get(), access.get()));
  disk.check();
  if (file.get() < 0) h5::fail(final.string(), "", "create");
  {
    Group root(target, "/", h5::GroupId(H5Gopen2(file.get(), "/", H5P_DEFAULT)));
    write_stage(root, chain, stage, complete);
  }
  const bool closed = file.close();
  disk.check();
  if (!closed) h5::fail(final.string(), "", "close");
  const std::string front = header(key_, checksum_of(key_, content_of(disk)));
  disk.write(0, front.data(), front.size());
  publish_at_once(final, {{final, disk.hand_over()}});
}

}  // namespace ipet::storage
