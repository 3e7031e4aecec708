// The published models that are networks, by name, for tests that all of them must pass.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "stages/fingerprint/cnn.hpp"
#include "stages/fingerprint/gru.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/fingerprint/mlp.hpp"

namespace ipet::fingerprint::test {

/// With the published options.
inline std::shared_ptr<const ModelFactory> model(const std::string& name) {
  if (name == "lstm") return std::make_shared<const LstmFactory>(LstmOptions{});
  if (name == "gru") return std::make_shared<const GruFactory>(GruOptions{});
  if (name == "cnn") return std::make_shared<const CnnFactory>(CnnOptions{});
  return std::make_shared<const MlpFactory>(MlpOptions{});
}

inline const auto every_model = testing::Values("lstm", "gru", "cnn", "mlp");

inline std::string name_of(const testing::TestParamInfo<const char*>& info) {
  return info.param;
}

}  // namespace ipet::fingerprint::test
