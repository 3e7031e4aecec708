#include "stages/defence/perturbations.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/generator/sampling.hpp"

namespace ipet::defence {

namespace {

constexpr std::size_t columns = 4;

std::string list_up_to(std::size_t count) {
  return count == 1 ? "only 0 exists" : "0 to " + std::to_string(count - 1) + " exist";
}

/// A position in a list of `count`: the one that is fixed, or a random one.
std::size_t position(std::optional<std::size_t> fixed, std::size_t count, traffic::Random& random) {
  return fixed ? *fixed : random.below(count);
}

}  // namespace

std::vector<std::string> Perturbations::devices() const {
  if (!table) return generators->devices;
  std::vector<std::string> names;
  for (const SampleTable::Device& one : table->devices) names.push_back(one.name);
  return names;
}

std::vector<std::size_t> Perturbations::chosen_devices() const {
  if (!device.empty()) return {device_index(device)};
  std::vector<std::size_t> all(devices().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

void Perturbations::draw(std::size_t of, traffic::StreamKey key, PerturbationView out) const {
  if (out.size() != std::size_t{slots()} * columns)
    throw std::invalid_argument("a perturbation has " + std::to_string(slots()) + " slots of 4 numbers");
  traffic::Random random(key);
  if (table) {
    const std::vector<std::uint16_t>& samples = table->devices.at(of).samples;
    const auto row =
        samples.begin() + static_cast<std::ptrdiff_t>(random.below(samples.size() / out.size()) * out.size());
    std::copy_n(row, out.size(), out.begin());
    return;
  }
  const std::size_t c = position(fixed_chain(), generators->chains.size(), random);
  const auto& generations = generators->chains.at(c).generations;
  const std::size_t g = position(fixed_generation(), generations.size(), random);
  const generator::Generator& chosen = generations.at(g).devices.at(of);
  generator::evaluate(*generators, chosen, generator::draw_latent(random), out);
}

void Perturbations::sample(std::size_t of, std::uint64_t index, PerturbationView out) const {
  if (!table)
    return draw(of, traffic::StreamKey(seed).with("sample").with(generators->devices.at(of)).with(index),
                out);
  const std::vector<std::uint16_t>& samples = table->devices.at(of).samples;
  if (out.size() != std::size_t{slots()} * columns || index >= samples.size() / out.size())
    throw std::out_of_range("no sample " + std::to_string(index) + " of " + std::to_string(slots()) +
                            " slots is stored");
  std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(index * out.size()), out.size(), out.begin());
}

void Perturbations::for_window(std::size_t of, std::uint64_t capture, std::int64_t day, std::uint64_t window,
                               PerturbationView out) const {
  const auto key = traffic::StreamKey(seed)
                       .with("window")
                       .with(table ? table->devices.at(of).name : generators->devices.at(of))
                       .with(capture)
                       .with(static_cast<std::uint64_t>(day))
                       .with(window);
  draw(of, key, out);
}

std::size_t Perturbations::device_index(std::string_view name) const {
  const std::vector<std::string> names = devices();
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string message = table ? "no stored samples of device '" : "no generator for device '";
  message += std::string(name) + (table ? "'; there are samples of:" : "'; there are generators for:");
  for (std::size_t i = 0; i < names.size(); ++i) message += (i == 0 ? " " : ", ") + names[i];
  throw std::out_of_range(message);
}

bool Perturbations::covers(std::string_view name) const {
  if (!device.empty() && name != device) return false;
  const std::vector<std::string> names = devices();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return false;
  const auto index = static_cast<std::size_t>(found - names.begin());
  if (table) return table->devices[index].trained;
  // All chains and generations of a device are trained on the same windows.
  return generators->chains.at(0).generations.at(0).devices.at(index).windows > 0;
}

void Perturbations::check_table() const {
  if (table->slots == 0 || !(table->omega > 0)) throw std::runtime_error("stored perturbations: no slots");
  const std::size_t wanted = num_samples * table->slots * columns;
  if (table->devices.empty() || num_samples == 0)
    throw std::runtime_error("stored perturbations: there are none");
  for (const SampleTable::Device& one : table->devices) {
    if (one.samples.size() != wanted)
      throw std::runtime_error("stored perturbations of '" + one.name +
                               "': " + std::to_string(one.samples.size()) + " numbers, not " +
                               std::to_string(wanted));
  }
}

void Perturbations::check_choice() const {
  const auto& chains = generators->chains;
  if (chain >= static_cast<std::int64_t>(chains.size()))
    throw std::out_of_range("no chain " + std::to_string(chain) + "; " + list_up_to(chains.size()));
  for (std::size_t c = 0; c < chains.size(); ++c) {
    if (fixed_chain() && c != *fixed_chain()) continue;
    if (generation >= static_cast<std::int64_t>(chains[c].generations.size()))
      throw std::out_of_range("no generation " + std::to_string(generation) + " in chain " +
                              std::to_string(c) + "; " + list_up_to(chains[c].generations.size()));
  }
}

void Perturbations::check() const {
  if (!table == !generators)
    throw std::runtime_error("perturbations come from generators or from a table, one of them");
  if (table) {
    check_table();
  } else {
    generator::check(*generators);
    check_choice();
  }
  if (!device.empty()) (void)device_index(device);
}

std::size_t Perturbations::byte_size() const {
  std::size_t bytes = sizeof *this;
  if (table) {
    for (const SampleTable::Device& one : table->devices) bytes += one.samples.size() * sizeof(std::uint16_t);
  }
  return bytes;
}

}  // namespace ipet::defence
