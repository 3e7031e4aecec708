// In which floating-point numbers a network computes.
#pragma once

#include <stdexcept>
#include <string>

namespace ipet::fingerprint {

enum class Precision { float32, float64 };

/// Throws std::invalid_argument for another name than "float32" and "float64".
inline Precision precision_of(const std::string& name) {
  if (name == "float32") return Precision::float32;
  if (name == "float64") return Precision::float64;
  throw std::invalid_argument("precision '" + name + "' does not exist; there are float32 and float64");
}

}  // namespace ipet::fingerprint
