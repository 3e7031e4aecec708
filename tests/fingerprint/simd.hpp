// For tests of the kernels that run once per instruction set.
#pragma once

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "stages/simd/simd.hpp"

namespace ipet::fingerprint::test {

/// Uses an instruction set as long as it lives, and then the one from before.
class WithSimd {
 public:
  explicit WithSimd(const std::string& name) : before_(simd()) { use_simd(name); }
  ~WithSimd() { use_simd(before_); }
  WithSimd(const WithSimd&) = delete;
  WithSimd& operator=(const WithSimd&) = delete;

 private:
  std::string before_;
};

inline bool available(const std::string& name) {
  const auto names = simd_choices();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace ipet::fingerprint::test
