#include "stages/generator/generator_set.hpp"

namespace ipet::generator {

std::size_t GeneratorSet::byte_size() const {
  std::size_t floats = 0;
  for (const Chain& chain : chains) {
    for (const Generation& generation : chain.generations) {
      for (const Generator& device : generation.devices) floats += device.weight.size() + device.bias.size();
      for (const fingerprint::NamedArray& array : generation.discriminator) floats += array.values.size();
    }
  }
  return sizeof *this + floats * sizeof(float);
}

}  // namespace ipet::generator
