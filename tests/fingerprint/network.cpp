// Normalisation, and copies that share their parameters.
#include "stages/fingerprint/network.hpp"

#include <gtest/gtest.h>

#include "stages/fingerprint/lstm.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

TEST(Normalisation, GivesTheTrainingPartMeanZeroAndDeviationOne) {
  const LabelledWindows data = toy::windows(3, 50, 20, 1);
  NormalisationLayer layer(Normalisation::log1p);
  layer.fit(data);
  std::vector<std::uint32_t> rows(data.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  const Batch all = make_batch(data, rows);
  const torch::Tensor x = layer.features(all.features).reshape({-1, 4}), s = layer.silence(all.silence);
  EXPECT_LT(x.mean(0).abs().max().item<double>(), 1e-4);
  EXPECT_LT((x.std(0, false) - 1).abs().max().item<double>(), 1e-4);
  EXPECT_LT(s.mean().abs().item<double>(), 1e-5);
  EXPECT_TRUE(NormalisationLayer(Normalisation::none).features(all.features).equal(all.features));
  EXPECT_TRUE(NormalisationLayer(Normalisation::none).constants().empty());
}

TEST(Network, AReplicaSeesEveryChange) {
  traffic::Random random(std::uint64_t{5});
  Network network(std::make_shared<LstmFactory>(LstmOptions{}), {10, 3}, Normalisation::log1p, random);
  const auto replica = network.replica();
  network.values()[3] = 42;
  EXPECT_EQ(replica->values()[3], 42);
  EXPECT_EQ(replica->parameters()[0].data_ptr<float>()[3], 42);
}

}  // namespace
}  // namespace ipet::fingerprint
