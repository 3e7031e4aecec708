#include "stages/storage/read_values.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "stages/files/object_names.hpp"
#include "stages/generator/sampling.hpp"
#include "stages/storage/sections.hpp"
#include "stages/windows/window.hpp"

namespace ipet::storage {

namespace {

void check_finite(const ReadArray& array, const std::vector<float>& values) {
  const auto finite = [](float value) { return std::isfinite(value); };
  const auto bad = std::ranges::find_if_not(values, finite);
  if (bad != values.end())
    array.refuse("element " + std::to_string(bad - values.begin()) + " is not a finite number");
}

/// The position of a name in a list, with an error that tells what holds the list.
std::size_t order_of(const ReadGroup& group, const std::vector<std::string>& order, const std::string& name) {
  const auto found = std::ranges::find(order, name);
  if (found == order.end()) group.refuse("'" + name + "' is not in attribute 'order'");
  return static_cast<std::size_t>(found - order.begin());
}

std::vector<fingerprint::EpochRecord> read_history(const ReadTable& table) {
  const auto epoch = table.column<std::uint32_t>("epoch");
  const auto rate = table.column<double>("learning_rate");
  const auto training_loss = table.column<double>("training_loss");
  const auto training_accuracy = table.column<double>("training_accuracy");
  const auto validation_loss = table.column<double>("validation_loss");
  const auto validation_accuracy = table.column<double>("validation_accuracy");
  std::vector<fingerprint::EpochRecord> out;
  for (std::size_t i = 0; i < epoch.size(); ++i)
    out.push_back({epoch[i], rate[i], training_loss[i], training_accuracy[i], validation_loss[i],
                   validation_accuracy[i]});
  return out;
}

/// What the word of an enumeration stands for.
template <class E, std::size_t n>
E chosen(const ReadGroup& group, const char* attribute, const text::Word<E> (&words)[n]) {
  const std::string word = group.text(attribute);
  if (const std::optional<E> value = text::value_of(words, word)) return *value;
  group.refuse_attribute(attribute, "is \"" + word + "\", none of " + text::list_of(words));
}

fingerprint::SplitRecord read_split(const ReadGroup& group) {
  fingerprint::SplitRecord split;
  split.mode = chosen(group, "split_mode", fingerprint::split_modes);
  if (split.mode == fingerprint::SplitMode::automatic ||
      split.mode == fingerprint::SplitMode::leave_one_day_out)
    group.refuse_attribute("split_mode", "says how to find a split, not which one it was");
  split.seed = group.number<std::uint64_t>("split_seed");
  split.day_offset_hours = group.number<double>("split_day_offset_hours");
  split.test_fraction = group.number<double>("split_test_fraction");
  split.validation_fraction = group.number<double>("split_validation_fraction");
  split.validate_on_test = group.flag("split_validate_on_test");
  if (group.has_attribute("split_folds")) {
    split.folds = group.number<std::uint32_t>("split_folds");
    split.fold = group.number<std::uint32_t>("split_fold");
    if (split.fold >= split.folds) group.refuse_attribute("split_fold", "is not one of the folds");
  }
  if (split.mode == fingerprint::SplitMode::day) {
    split.validation_days = group.array("split_validation_days").read<std::int64_t>();
    split.test_days = group.array("split_test_days").read<std::int64_t>();
  }
  if (split.mode == fingerprint::SplitMode::capture) {
    split.validation_captures = group.array("split_validation_captures").texts();
    split.test_captures = group.array("split_test_captures").texts();
  }
  return split;
}

/// Refuses numbers that name nothing.
template <class T>
void expect_below(const ReadArray& array, const std::vector<T>& values, std::size_t count) {
  for (const T value : values)
    if (value >= count) array.refuse(std::to_string(value) + " where there are " + std::to_string(count));
}

fingerprint::SplitRows read_split_rows(const ReadGroup& group, std::size_t classes) {
  fingerprint::SplitRows rows;
  rows.captures = group.array("captures").texts();
  const ReadArray capture = group.array("capture"), device = group.array("device"),
                  part = group.array("part");
  rows.start = group.array("start").read<std::int64_t>();
  for (const ReadArray* array : {&capture, &device, &part}) array->expect_shape({rows.start.size()});
  rows.capture = capture.read<std::uint32_t>();
  rows.device = device.read<std::uint16_t>();
  expect_below(capture, rows.capture, rows.captures.size());
  expect_below(device, rows.device, classes);
  const std::vector<std::uint8_t> parts = part.enumeration(part_type());
  expect_below(part, parts, 3);
  for (const std::uint8_t value : parts) rows.part.push_back(static_cast<fingerprint::Part>(value));
  return rows;
}

generator::Generator read_generator(const ReadGroup& group, std::uint64_t outputs) {
  generator::Generator made;
  made.first_loss = group.number<double>("first_loss");
  made.last_loss = group.number<double>("last_loss");
  made.windows = group.number<std::uint64_t>("windows");
  made.weight = read_floats(group, "weight", {generator::latent_size, outputs});
  made.bias = read_floats(group, "bias", {outputs});
  return made;
}

/// How many of "<prefix>0", "<prefix>1" ... there are; refuses gaps.
std::size_t count_numbered(const ReadGroup& group, const std::string& prefix) {
  const std::vector<std::string> names = group.names();
  const auto of_prefix =
      std::ranges::count_if(names, [&](const std::string& name) { return name.starts_with(prefix); });
  std::size_t count = 0;
  while (group.has(prefix + std::to_string(count))) ++count;
  if (static_cast<std::size_t>(of_prefix) != count)
    group.refuse(prefix + std::to_string(count) + " is missing");
  return count;
}

void refuse_duplicates(const ReadGroup& group, std::vector<std::string> names) {
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice != names.end()) group.refuse_attribute("devices", "names '" + *twice + "' twice");
}

generator::Generation read_generation(const ReadGroup& group, const generator::GeneratorSet& set) {
  const std::uint64_t outputs = std::uint64_t{set.slots} * windows::columns;
  generator::Generation made;
  made.discriminator_loss = group.number<double>("discriminator_loss");
  for (const std::string& device : set.devices)
    made.devices.push_back(read_generator(group.group(encode_name(device, "discriminator")), outputs));
  made.discriminator = read_parameters(group.group("discriminator"));
  return made;
}

}  // namespace

std::vector<float> read_floats(const ReadGroup& group, const std::string& name,
                               const std::vector<std::uint64_t>& shape) {
  const ReadArray array = group.array(name);
  array.expect_shape(shape);
  std::vector<float> values = array.read<float>();
  check_finite(array, values);
  return values;
}

std::vector<fingerprint::NamedArray> read_parameters(const ReadGroup& group) {
  const std::vector<std::string> order = group.texts("order");
  std::vector<std::string> scalars;
  if (group.has_attribute("scalars")) scalars = group.texts("scalars");
  const std::vector<std::string> names = group.names();
  if (names.size() != order.size())
    group.refuse(std::to_string(names.size()) + " parameters, but attribute 'order' names " +
                 std::to_string(order.size()));
  std::vector<fingerprint::NamedArray> out(order.size());
  for (const std::string& encoded : names) {
    const std::string name = decode_name(encoded);
    const ReadArray array = group.array(encoded);
    fingerprint::NamedArray& parameter = out[order_of(group, order, name)];
    parameter.name = name;
    parameter.values = array.read<float>();
    check_finite(array, parameter.values);
    if (std::ranges::find(scalars, name) != scalars.end()) {
      array.expect_shape({1});
      continue;
    }
    for (const std::uint64_t size : array.shape()) parameter.shape.push_back(static_cast<std::int64_t>(size));
  }
  return out;
}

fingerprint::TrainedModel read_model(const ReadGroup& group) {
  fingerprint::TrainedModel model;
  model.model = group.text("model");
  model.options = group.text("options");
  model.classes = group.texts("classes");
  if (group.has_attribute("features")) model.features = group.texts("features");
  model.slots = group.number<std::uint32_t>("slots");
  model.omega = group.number<double>("omega");
  model.normalisation = chosen(group, "normalisation", fingerprint::normalisations);
  model.batch = group.number<std::uint32_t>("batch");
  model.learning_rate = group.number<double>("learning_rate");
  model.best_epoch = group.number<std::uint32_t>("best_epoch");
  model.split = read_split(group);
  if (group.has("split"))
    model.split_rows = std::make_shared<const fingerprint::SplitRows>(
        read_split_rows(group.group("split"), model.classes.size()));
  model.training_windows = group.number<std::uint64_t>("training_windows");
  model.validation_windows = group.number<std::uint64_t>("validation_windows");
  model.test_windows = group.number<std::uint64_t>("test_windows");
  model.parameters = read_parameters(group.group("parameters"));
  model.history = read_history(group.table("history"));
  return model;
}

generator::GeneratorSet read_generators(const ReadGroup& group) {
  generator::GeneratorSet set;
  set.devices = group.texts("devices");
  refuse_duplicates(group, set.devices);
  set.slots = group.number<std::uint32_t>("slots");
  set.omega = group.number<double>("omega");
  set.max_packets_per_omega = group.number<double>("max_packets_per_omega");
  set.max_payload_per_omega = group.number<double>("max_payload_per_omega");
  set.rows = chosen(group, "rows", generator::row_kinds);
  set.minimum_size = group.number<std::uint32_t>("minimum_size");
  if (const auto size = group.number<std::uint32_t>("latent_size"); size != generator::latent_size)
    group.refuse_attribute("latent_size", "is " + std::to_string(size) + ", but this program draws " +
                                              std::to_string(generator::latent_size) + " numbers");
  set.chains.resize(count_numbered(group, "chain_"));
  for (std::size_t c = 0; c < set.chains.size(); ++c) {
    const ReadGroup chain = group.group("chain_" + std::to_string(c));
    const std::size_t generations = count_numbered(chain, "generation_");
    for (std::size_t g = 0; g < generations; ++g)
      set.chains[c].generations.push_back(
          read_generation(chain.group("generation_" + std::to_string(g)), set));
  }
  try {
    generator::check(set);
  } catch (const std::runtime_error& error) {
    group.refuse(error.what());
  }
  return set;
}

defence::Perturbations read_perturbations(const ReadGroup& group) {
  defence::Perturbations made;
  made.seed = group.number<std::uint64_t>("seed");
  made.ensemble = group.flag("ensemble");
  made.chain = group.number<std::int64_t>("chain");
  made.generation = group.number<std::int64_t>("generation");
  auto table = std::make_shared<defence::SampleTable>();
  table->omega = group.number<double>("omega");
  const std::vector<std::string> names = group.texts("devices");
  refuse_duplicates(group, names);
  for (const std::string& name : names) {
    // Format 3 has no scales, and no names kept free for them.
    const std::string encoded = encode_name(name, perturbation_scales);
    const ReadArray array = group.array(group.has(encoded) ? encoded : encode_name(name));
    const std::vector<std::uint64_t>& shape = array.shape();
    if (table->devices.empty() && shape.size() == 3) {
      made.num_samples = shape[0];
      if (shape[1] > std::numeric_limits<std::uint32_t>::max()) array.refuse("too many slots");
      table->slots = static_cast<std::uint32_t>(shape[1]);
    }
    array.expect_shape({made.num_samples, table->slots, windows::columns});
    const bool trained = !array.has_attribute("trained") || array.flag("trained");
    table->devices.push_back({name, trained, array.read<std::uint16_t>()});
  }
  made.table = std::move(table);
  try {
    made.check();
  } catch (const std::exception& error) {
    group.refuse(error.what());
  }
  return made;
}

}  // namespace ipet::storage
