// A stand-in where ipet_defence is not part of the build.
#include "stages/defence/perturbations.hpp"

namespace ipet::defence {

void Perturbations::sample(std::size_t device, std::uint64_t index, PerturbationView out) const {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint16_t>(device * 10'000 + index * 16 + i);
}

}  // namespace ipet::defence
