// A home of toy windows, a discriminator of it, and generators made by hand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stages/dataset/split.hpp"
#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/fingerprint/mlp.hpp"
#include "stages/generator/generator_set.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::evaluation::test {

inline constexpr std::size_t slots = 10, devices = 3;

/// Toy windows of three devices in five captures; or windows of one device that all three claim to have sent.
inline windows::WindowSet home(bool alike = false) {
  constexpr std::size_t per_device = 150;
  windows::WindowSet set;
  set.slots = static_cast<std::uint32_t>(slots);
  set.omega = 0.1;
  set.devices = toy::names(devices);
  const auto toy = toy::windows(alike ? 1 : devices, alike ? devices * per_device : per_device, slots, 1);
  set.features = toy.features;
  set.silence = toy.silence;
  for (std::size_t i = 0; i < toy.size(); ++i) {
    set.device.push_back(static_cast<std::uint16_t>(i % devices));
    set.capture.push_back(static_cast<std::uint32_t>(i * 5 / toy.size()));
    set.start.push_back(static_cast<traffic::Nanoseconds>(i) * traffic::second);
  }
  for (int c = 0; c < 5; ++c) set.captures.push_back("day " + std::to_string(c));
  return set;
}

inline fingerprint::LabelledWindows part_of(const windows::WindowSet& set,
                                            const fingerprint::SplitRecord& split, fingerprint::Part which) {
  std::vector<std::size_t> all(set.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  std::size_t unknown = 0;
  return fingerprint::gather(set, fingerprint::select(split, set, all, which), set.devices, unknown);
}

inline fingerprint::TrainedModel discriminator(const windows::WindowSet& set, std::uint32_t epochs,
                                               std::shared_ptr<const fingerprint::ModelFactory> factory) {
  fingerprint::Observer observer;
  const fingerprint::SplitRecord split = fingerprint::decide_split(set, {}).record;
  fingerprint::DiscriminatorTrainingOptions options;
  options.epochs = epochs;
  options.learning_rate = 0.01;
  auto model =
      fingerprint::train(std::move(factory), part_of(set, split, fingerprint::Part::training),
                         part_of(set, split, fingerprint::Part::validation), set.devices, options, observer);
  model.model = "toy";
  model.split = split;
  model.omega = set.omega;
  return model;
}

inline fingerprint::TrainedModel quick_discriminator(const windows::WindowSet& set) {
  return discriminator(set, 1, std::make_shared<fingerprint::MlpFactory>(fingerprint::MlpOptions{}));
}

/// Parameters of a network that names one device whatever it sees.
inline std::vector<fingerprint::NamedArray> always(const fingerprint::TrainedModel& model,
                                                   std::size_t device) {
  auto parameters = model.parameters;
  for (fingerprint::NamedArray& array : parameters)
    if (array.name == "output.bias") array.values[device] = 1e4F;
  return parameters;
}

/// Each device's generator adds packets of its own number to every slot. The discriminator of generation g
/// names device g % 3 always.
inline generator::GeneratorSet fixed(const fingerprint::TrainedModel& model, std::size_t chains,
                                     std::size_t generations) {
  generator::GeneratorSet set;
  set.devices = model.classes;
  set.slots = slots;
  set.omega = 0.1;
  set.max_packets_per_omega = 4;
  set.max_payload_per_omega = 100;
  set.rows = generator::RowKind::feasible;
  set.minimum_size = 1;
  set.chains.resize(chains);
  for (generator::Chain& chain : set.chains) {
    for (std::size_t g = 0; g < generations; ++g) {
      generator::Generation generation;
      for (std::size_t d = 0; d < model.classes.size(); ++d) {
        generator::Generator made;
        made.weight.resize(generator::latent_size * slots * 4);
        made.bias.assign(slots * 4, 3.0F * (static_cast<float>(d) - 1));  // sigmoid: 0.05, 0.5, 0.95
        made.windows = 10 + d % 2;
        generation.devices.push_back(std::move(made));
      }
      generation.discriminator = always(model, g % devices);
      chain.generations.push_back(std::move(generation));
    }
  }
  return set;
}

}  // namespace ipet::evaluation::test
