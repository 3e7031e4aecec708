// /models, /generators and /perturbations: values that come whole.
#include <algorithm>
#include <numeric>

#include "pipeline/text/lists.hpp"
#include "stages/files/object_names.hpp"
#include "stages/storage/sections.hpp"
#include "stages/storage/stored_table.hpp"

namespace ipet::storage {

namespace {

const std::vector<std::string> feature_columns{std::begin(windows::column_names),
                                               std::end(windows::column_names)};
const std::vector<std::string> feature_units{"packets", "bytes", "packets", "bytes"};

void write_floats(Group& group, const std::string& name, const Shape& shape,
                  const std::vector<float>& values) {
  const std::uint64_t row =
      std::accumulate(shape.row.begin(), shape.row.end(), std::uint64_t{1}, std::multiplies<>());
  ArrayWriter array = group.array<float>(name, shape);
  if (values.size() != shape.rows * row)
    array.refuse(std::to_string(values.size()) + " values, but the shape holds " +
                 std::to_string(shape.rows * row));
  array.append(values.data(), shape.rows);
  array.finish();
}

void write_history(Group& group, const std::vector<fingerprint::EpochRecord>& history) {
  using Epoch = fingerprint::EpochRecord;
  Table()
      .column("epoch", "", text::mapped(history, &Epoch::epoch))
      .column("learning_rate", "", text::mapped(history, &Epoch::learning_rate))
      .column("training_loss", "nats", text::mapped(history, &Epoch::training_loss))
      .column("training_accuracy", "", text::mapped(history, &Epoch::training_accuracy))
      .column("validation_loss", "nats", text::mapped(history, &Epoch::validation_loss))
      .column("validation_accuracy", "", text::mapped(history, &Epoch::validation_accuracy))
      .write(group, "history");
}

void write_generator(Group& generation, const std::string& device, const generator::Generator& made,
                     std::uint32_t slots) {
  Group group = generation.named_group(device, {"discriminator"});
  group.attribute("first_loss", made.first_loss);
  group.attribute("last_loss", made.last_loss);
  group.attribute("windows", made.windows);
  const std::uint64_t outputs = std::uint64_t{slots} * windows::columns;
  write_floats(group, "weight", {generator::latent_size, {outputs}}, made.weight);
  write_floats(group, "bias", {outputs, {}}, made.bias);
}

}  // namespace

void write_parameters(Group& into, const std::vector<fingerprint::NamedArray>& parameters) {
  std::vector<std::string> order, scalars;
  for (const fingerprint::NamedArray& parameter : parameters) {
    order.push_back(parameter.name);
    if (parameter.shape.empty()) scalars.push_back(parameter.name);
    Shape shape{1, {}};  // a single number without dimensions is stored as a list of one
    std::vector<std::uint64_t> sizes(parameter.shape.begin(), parameter.shape.end());
    if (!sizes.empty()) shape = {sizes[0], {sizes.begin() + 1, sizes.end()}};
    write_floats(into, encode_name(parameter.name), shape, parameter.values);
  }
  into.attribute("order", order);
  if (!scalars.empty()) into.attribute("scalars", scalars);
}

void write_model(Group& models, const std::string& stage, const fingerprint::TrainedModel& model) {
  Group group = models.named_group(stage);
  group.attribute("model", model.model);
  group.attribute("options", model.options);
  group.attribute("classes", model.classes);
  if (!model.features.empty()) group.attribute("features", model.features);  // else it sees windows
  group.attribute("slots", model.slots);
  group.attribute("omega", model.omega);
  group.attribute("units", "omega: s");
  group.attribute("normalisation", text::word_of(fingerprint::normalisations, model.normalisation));
  group.attribute("batch", model.batch);
  group.attribute("learning_rate", model.learning_rate);
  group.attribute("best_epoch", model.best_epoch);
  group.attribute("split_mode", text::word_of(fingerprint::split_modes, model.split.mode));
  group.attribute("split_seed", model.split.seed);
  group.attribute("split_day_offset_hours", model.split.day_offset_hours);
  group.attribute("split_test_fraction", model.split.test_fraction);
  group.attribute("split_validation_fraction", model.split.validation_fraction);
  group.attribute("split_validate_on_test", model.split.validate_on_test);
  if (model.split.mode == fingerprint::SplitMode::day) {
    group.numbers("split_validation_days", model.split.validation_days, epoch_days);
    group.scale("split_validation_days");
    group.numbers("split_test_days", model.split.test_days, epoch_days);
    group.scale("split_test_days");
  }
  if (model.split.mode == fingerprint::SplitMode::capture) {  // datasets, because attributes end at 64 KiB
    group.names("split_validation_captures", model.split.validation_captures);
    group.names("split_test_captures", model.split.test_captures);
  }
  if (model.split.folds > 0) {
    group.attribute("split_folds", model.split.folds);
    group.attribute("split_fold", model.split.fold);
  }
  if (model.split_rows != nullptr) write_split_rows(group, *model.split_rows);
  group.attribute("training_windows", model.training_windows);
  group.attribute("validation_windows", model.validation_windows);
  group.attribute("test_windows", model.test_windows);
  Group parameters = group.group("parameters");
  write_parameters(parameters, model.parameters);
  write_history(group, model.history);
}

void write_generators(Group& root, const std::string& stage, const generator::GeneratorSet& set) {
  Group group = root.group("generators");
  group.attribute("stage", stage);
  group.attribute("devices", set.devices);
  group.attribute("slots", set.slots);
  group.attribute("omega", set.omega);
  group.attribute("max_packets_per_omega", set.max_packets_per_omega);
  group.attribute("max_payload_per_omega", set.max_payload_per_omega);
  group.attribute("units", "omega: s, max_payload_per_omega and minimum_size: bytes");
  group.attribute("rows", text::word_of(generator::row_kinds, set.rows));
  group.attribute("minimum_size", set.minimum_size);
  group.attribute("latent_size", static_cast<std::uint32_t>(generator::latent_size));
  group.attribute("columns", feature_columns);
  for (std::size_t c = 0; c < set.chains.size(); ++c) {
    Group chain = group.group("chain_" + std::to_string(c));
    const std::vector<generator::Generation>& generations = set.chains[c].generations;
    for (std::size_t g = 0; g < generations.size(); ++g) {
      Group generation = chain.group("generation_" + std::to_string(g));
      generation.attribute("discriminator_loss", generations[g].discriminator_loss);
      for (std::size_t d = 0; d < generations[g].devices.size(); ++d)
        write_generator(generation, set.devices.at(d), generations[g].devices[d], set.slots);
      Group discriminator = generation.group("discriminator");
      write_parameters(discriminator, generations[g].discriminator);
    }
  }
}

void write_perturbations(Group& root, const std::string& stage, const defence::Perturbations& perturbations) {
  Group group = root.group("perturbations");
  group.attribute("stage", stage);
  group.attribute("seed", perturbations.seed);
  group.attribute("ensemble", perturbations.ensemble);
  group.attribute("chain", perturbations.chain);
  group.attribute("generation", perturbations.generation);
  group.attribute("omega", perturbations.omega());
  group.index("sample", perturbations.num_samples);
  group.index("slot", perturbations.slots());
  group.names("column", feature_columns);
  const std::vector<std::string> names = perturbations.devices();
  const std::uint32_t slots = perturbations.slots();
  const std::uint64_t row = std::uint64_t{slots} * windows::columns;
  constexpr std::uint64_t rows_at_once = 256;
  std::vector<std::uint16_t> samples(rows_at_once * row);
  std::vector<std::string> stored;
  for (const std::size_t d : perturbations.chosen_devices()) {
    stored.push_back(names[d]);
    const Shape shape{perturbations.num_samples, {slots, windows::columns}};
    ArrayWriter array =
        group.named_array(names[d], perturbation_scales, h5::Type(H5Tcopy(H5T_NATIVE_UINT16)), shape);
    describe_columns(array, feature_columns, feature_units);
    array.attribute("trained", perturbations.covers(names[d]));
    array.attribute("dimensions", std::vector<std::string>{"sample", "slot", "column"});
    for (std::uint64_t first = 0; first < perturbations.num_samples; first += rows_at_once) {
      const std::uint64_t count = std::min(rows_at_once, perturbations.num_samples - first);
      perturbations.sample(d, first, defence::PerturbationView(samples.data(), count * row));
      array.append(samples.data(), count);
    }
    array.finish();
    group.dimensions(encode_name(names[d], perturbation_scales), perturbation_scales);
  }
  group.attribute("devices", stored);
}

}  // namespace ipet::storage
