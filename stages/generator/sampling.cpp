#include "stages/generator/sampling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace ipet::generator {

Latent draw_latent(traffic::Random& random) {
  Latent z;
  for (float& value : z) value = static_cast<float>(random.normal());
  return z;
}

RowRule row_rule(const GeneratorSet& set) {
  return {whole_limit(set.max_packets_per_omega), whole_limit(set.max_payload_per_omega),
          set.rows == RowKind::feasible, set.minimum_size};
}

RowScale row_scale(const GeneratorSet& set) {
  return {static_cast<float>(set.max_packets_per_omega), static_cast<float>(set.max_payload_per_omega),
          row_rule(set)};
}

Dense dense(const Generator& generator) {
  return {generator.weight.data(), generator.bias.data(), generator.bias.size()};
}

void activate(const Generator& generator, const Latent& z, std::span<float> out) {
  activate(dense(generator), z.data(), 1, out.data());
}

void evaluate(const GeneratorSet& set, const Generator& generator, const Latent& z,
              std::span<std::uint16_t> out) {
  evaluate(dense(generator), row_scale(set), z.data(), 1, out.data());
}

namespace {

void check_limit(double limit, const char* name) {
  if (!(limit >= 0) || limit > std::numeric_limits<std::uint16_t>::max())
    throw std::runtime_error("generator set: " + std::string(name) + " = " + std::to_string(limit) +
                             " is outside 0 .. 65535");
}

void check_generator(const GeneratorSet& set, const Generator& generator, const std::string& where) {
  const std::size_t outputs = std::size_t{set.slots} * 4;
  if (generator.bias.size() != outputs || generator.weight.size() != outputs * latent_size)
    throw std::runtime_error(where + ": weight has " + std::to_string(generator.weight.size()) +
                             " and bias " + std::to_string(generator.bias.size()) + " numbers, but " +
                             std::to_string(set.slots) + " slots need " +
                             std::to_string(outputs * latent_size) + " and " + std::to_string(outputs));
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(generator.weight, finite) || !std::ranges::all_of(generator.bias, finite))
    throw std::runtime_error(where + ": a weight is not a finite number");
}

}  // namespace

void check(const GeneratorSet& set) {
  row_rule(set);
  check_limit(set.max_packets_per_omega, "max_packets_per_omega");
  check_limit(set.max_payload_per_omega, "max_payload_per_omega");
  if (set.slots == 0 || !(set.omega > 0)) throw std::runtime_error("generator set: it has no slots");
  if (set.chains.empty()) throw std::runtime_error("generator set: it has no chain");
  for (std::size_t c = 0; c < set.chains.size(); ++c) {
    const auto& generations = set.chains[c].generations;
    const std::string chain = "generator set: chain " + std::to_string(c);
    if (generations.empty()) throw std::runtime_error(chain + " has no generation");
    for (std::size_t g = 0; g < generations.size(); ++g) {
      const std::string generation = chain + ", generation " + std::to_string(g);
      if (generations[g].devices.size() != set.devices.size())
        throw std::runtime_error(generation + " has " + std::to_string(generations[g].devices.size()) +
                                 " generators for " + std::to_string(set.devices.size()) + " devices");
      for (std::size_t d = 0; d < set.devices.size(); ++d)
        check_generator(set, generations[g].devices[d], generation + ", device '" + set.devices[d] + "'");
    }
  }
}

}  // namespace ipet::generator
