// A variant of a defence under one seed.
#pragma once

#include <cstdint>
#include <vector>

#include "stages/comparison/trial.hpp"

namespace ipet::comparison {

struct Trial::Round {
  const Variant& variant;
  std::uint32_t seed_number;
  std::uint64_t seed;
  std::vector<WatchedLine> lines;  ///< perhaps shorter than they were
  std::vector<Realisation> training, test;
  ObservationOptions observation;
};

}  // namespace ipet::comparison
