// The hand-written layers give the same bits on every instruction set that this processor has.
#include <cstring>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/bilstm.hpp"
#include "stages/fingerprint/layers.hpp"
#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/simd.hpp"
#include "tests/fingerprint/tensors.hpp"

namespace ipet::fingerprint {
namespace {

/// What a layer gives, and all gradients.
template <class Layer>
std::vector<float> forwards_and_backwards(const Layer& layer, const torch::Tensor& given) {
  const torch::Tensor x = given.detach().clone().set_requires_grad(true);
  const torch::Tensor out = layer.sequences(x);
  std::vector<torch::Tensor> of = layer.parameters();
  of.push_back(x);
  std::vector<torch::Tensor> all = torch::autograd::grad({out.square().sum()}, of);
  all.push_back(out.detach());
  std::vector<float> numbers;
  for (const torch::Tensor& each : all) {
    const torch::Tensor flat = each.contiguous().flatten();
    numbers.insert(numbers.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }
  return numbers;
}

template <class Layer>
void expect_the_same_bits(const Layer& layer, const torch::Tensor& x) {
  std::vector<std::vector<float>> seen;
  for (const std::string& name : simd_choices()) {
    const test::WithSimd with(name);
    seen.push_back(forwards_and_backwards(layer, x));
    ASSERT_EQ(seen.back().size(), seen.front().size());
    EXPECT_EQ(std::memcmp(seen.back().data(), seen.front().data(), seen.front().size() * sizeof(float)), 0)
        << name << " and " << simd_choices().front();
  }
}

TEST(RecurrentLayers, GiveTheSameBitsOnEveryInstructionSet) {
  use_one_torch_thread();
  if (simd_choices().size() < 2) GTEST_SKIP() << "this processor has one of them alone";
  constexpr std::uint64_t seed = 12;
  traffic::Random random(seed);
  SCOPED_TRACE(seed);
  for (const std::int64_t width : {1, 5, 8, 11}) {
    const BiLstm lstm(4, width, random);
    const Gru gru(4, width, random);
    const torch::Tensor x = test::normal({21, 13, 4}, random);
    SCOPED_TRACE(width);
    expect_the_same_bits(lstm, x);
    expect_the_same_bits(gru, x);
  }
}

}  // namespace
}  // namespace ipet::fingerprint
