// Values that come whole, read from their groups. Used under h5::Library only.
#pragma once

#include <string>
#include <vector>

#include "stages/generator/generator_set.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/storage/read_node.hpp"

namespace ipet::storage {

/// /models/<stage>; without its factory.
fingerprint::TrainedModel read_model(const ReadGroup& group);
/// Parameters of a network, one dataset each, in the order they were written.
std::vector<fingerprint::NamedArray> read_parameters(const ReadGroup& group);
generator::GeneratorSet read_generators(const ReadGroup& group);
defence::Perturbations read_perturbations(const ReadGroup& group);
/// Finite numbers of a shape; refuses others.
std::vector<float> read_floats(const ReadGroup& group, const std::string& name,
                               const std::vector<std::uint64_t>& shape);

}  // namespace ipet::storage
