#include "stages/generator/perturbations.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "pipeline/text/lists.hpp"
#include "stages/generator/sampling.hpp"

namespace ipet::defence {

namespace {

constexpr std::size_t columns = 4;

std::string list_up_to(std::size_t count) {
  return count == 1 ? "only 0 exists" : "0 to " + std::to_string(count - 1) + " exist";
}

[[noreturn]] void refuse_size(std::uint32_t slots) {
  throw std::invalid_argument("a perturbation has " + std::to_string(slots) + " slots of 4 numbers");
}

/// A random position in a list of `count`. No one is more likely than another by more than count / 2^32.
std::size_t below(std::size_t count, std::uint32_t word) {
  return static_cast<std::size_t>((std::uint64_t{word} * count) >> 32);
}

}  // namespace

std::vector<std::string> Perturbations::devices() const {
  if (!table) return generators->devices;
  return text::mapped(table->devices, &SampleTable::Device::name);
}

std::vector<std::size_t> Perturbations::chosen_devices() const {
  if (!device.empty()) return {device_index(device)};
  std::vector<std::size_t> all(devices().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

void Perturbations::draw(std::size_t of, traffic::StreamKey key, std::uint64_t first, std::size_t count,
                         std::uint16_t* out) const {
  constexpr std::size_t together = 64;
  std::array<float, together * generator::latent_size> z;
  const generator::RowScale scale = generator::row_scale(*generators);
  for (; count > 0; first += together) {
    const std::size_t n = std::min(together, count);
    generator::draw_latents(key.word(), first, n, z.data());
    // Neighbours from the same generator are evaluated together.
    const generator::Generator *chosen = &choose(of, key, first), *next = chosen;
    for (std::size_t i = 0, end = 0; i < n; i = end, chosen = next) {
      for (end = i + 1; end < n && (next = &choose(of, key, first + end)) == chosen;) ++end;
      generator::evaluate(generator::dense(*chosen), scale, z.data() + i * generator::latent_size, end - i,
                          out);
      out += (end - i) * slots() * columns;
    }
    count -= n;
  }
}

/// Blocks up to here are z's (kernel.hpp).
constexpr std::uint32_t block_of_choice = generator::latent_size / 4;

const generator::Generator& Perturbations::choose(std::size_t of, traffic::StreamKey key,
                                                  std::uint64_t index) const {
  std::optional<std::size_t> c = fixed_chain(), g = fixed_generation();
  if (!c || !g) {
    const auto words = generator::random_words(key.word(), index, block_of_choice);
    if (!c) c = below(generators->chains.size(), words[0]);
    if (!g) g = below(generators->chains.at(*c).generations.size(), words[1]);
  }
  return generators->chains.at(*c).generations.at(*g).devices.at(of);
}

void Perturbations::sample(std::size_t of, std::uint64_t first, PerturbationView out) const {
  const std::size_t row = std::size_t{slots()} * columns;
  if (out.empty() || out.size() % row != 0) refuse_size(slots());
  if (!table) {
    const traffic::StreamKey key = traffic::StreamKey(seed).with("sample").with(generators->devices.at(of));
    return draw(of, key, first, out.size() / row, out.data());
  }
  const std::vector<std::uint16_t>& samples = table->devices.at(of).samples;
  if (first + out.size() / row > samples.size() / row)
    throw std::out_of_range("no sample " +
                            std::to_string(std::max<std::uint64_t>(first, samples.size() / row)) + " of " +
                            std::to_string(slots()) + " slots is stored");
  std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(first * row), out.size(), out.begin());
}

void Perturbations::for_window(std::size_t of, std::uint64_t capture, std::int64_t day, std::uint64_t window,
                               PerturbationView out) const {
  if (out.size() != std::size_t{slots()} * columns) refuse_size(slots());
  const auto key = traffic::StreamKey(seed)
                       .with("window")
                       .with(table ? table->devices.at(of).name : generators->devices.at(of))
                       .with(capture)
                       .with(static_cast<std::uint64_t>(day));
  if (!table) return draw(of, key, window, 1, out.data());
  const std::vector<std::uint16_t>& samples = table->devices.at(of).samples;
  const std::uint64_t row = traffic::Random(key.with(window)).below(samples.size() / out.size());
  std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(row * out.size()), out.size(), out.begin());
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
