#include "stages/defence/perturbations.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/generator/sampling.hpp"

namespace ipet::defence {

namespace {

std::string list_up_to(std::size_t count) {
  return count == 1 ? "only 0 exists" : "0 to " + std::to_string(count - 1) + " exist";
}

}  // namespace

void Perturbations::draw(std::size_t device, traffic::StreamKey key, PerturbationView out) const {
  if (out.size() != std::size_t{generators->slots} * 4)
    throw std::invalid_argument("a perturbation has " + std::to_string(generators->slots) +
                                " slots of 4 numbers");
  traffic::Random random(key);
  std::size_t c = chain, g = generation;
  if (ensemble) {
    c = random.below(generators->chains.size());
    g = random.below(generators->chains[c].generations.size());
  }
  const generator::Generator& chosen = generators->chains.at(c).generations.at(g).devices.at(device);
  generator::evaluate(*generators, chosen, generator::draw_latent(random), out);
}

void Perturbations::sample(std::size_t device, std::uint64_t index, PerturbationView out) const {
  const auto key = traffic::StreamKey(seed).with("sample").with(generators->devices.at(device)).with(index);
  draw(device, key, out);
}

void Perturbations::for_window(std::size_t device, std::uint64_t capture, std::int64_t day,
                               std::uint64_t window, PerturbationView out) const {
  const auto key = traffic::StreamKey(seed)
                       .with("window")
                       .with(generators->devices.at(device))
                       .with(capture)
                       .with(static_cast<std::uint64_t>(day))
                       .with(window);
  draw(device, key, out);
}

std::size_t Perturbations::device_index(std::string_view name) const {
  const auto& devices = generators->devices;
  const auto found = std::ranges::find(devices, name);
  if (found != devices.end()) return static_cast<std::size_t>(found - devices.begin());
  std::string message = "no generator for device '" + std::string(name) + "'; there are generators for:";
  for (const std::string& device : devices) message += ' ' + device;
  throw std::out_of_range(message);
}

bool Perturbations::covers(std::string_view name) const {
  const auto& devices = generators->devices;
  const auto found = std::ranges::find(devices, name);
  if (found == devices.end()) return false;
  const auto device = static_cast<std::size_t>(found - devices.begin());
  // All chains and generations of a device are trained on the same windows.
  return generators->chains.at(0).generations.at(0).devices.at(device).windows > 0;
}

void Perturbations::check() const {
  generator::check(*generators);
  if (ensemble) return;
  const auto& chains = generators->chains;
  if (chain >= chains.size())
    throw std::out_of_range("no chain " + std::to_string(chain) + "; " + list_up_to(chains.size()));
  const auto& generations = chains[chain].generations;
  if (generation >= generations.size())
    throw std::out_of_range("no generation " + std::to_string(generation) + " in chain " +
                            std::to_string(chain) + "; " + list_up_to(generations.size()));
}

}  // namespace ipet::defence
