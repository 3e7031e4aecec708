#include "stages/generator_training/replayed_windows.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/generator_training/generator_training.hpp"
#include "stages/generator_training/perturb.hpp"

namespace ipet::generator {

ReplayedWindows::ReplayedWindows(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                 std::size_t chain, std::uint64_t seed)
    : clean_(clean), set_(set), chain_(chain), seed_(seed) {
  slots = clean.slots;
}

void ReplayedWindows::clear() {
  parts_.clear();
  label.clear();
}

void ReplayedWindows::add(std::optional<std::size_t> generation) {
  parts_.push_back(generation);
  label.insert(label.end(), clean_.label.begin(), clean_.label.end());
}

const float* ReplayedWindows::window(std::size_t) const {
  throw std::logic_error("replayed windows are computed, not kept");
}

void ReplayedWindows::read(std::size_t first, std::size_t count, float* out) const {
  for (std::size_t i = first; i < first + count; ++i, out += row_size()) {
    const std::size_t original = i % clean_.size();
    std::copy_n(clean_.window(original), row_size(), out);
    const std::optional<std::size_t> generation = parts_.at(i / clean_.size());
    if (generation)
      add_perturbation(set_,
                       set_.chains.at(chain_).generations.at(*generation).devices.at(clean_.label[original]),
                       perturbation_key(seed_, chain_, *generation), original, {out, row_size()});
  }
}

}  // namespace ipet::generator
