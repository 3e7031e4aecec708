// Training in double precision, which float32 is compared with. What a forward pass gives: forward.cpp.
#include "stages/fingerprint/precision.hpp"

#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/fingerprint/fitter.hpp"
#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/models.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

TrainedModel trained_with(const char* model, Precision precision, std::uint32_t epochs = 1,
                          std::size_t threads = 2) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  DiscriminatorTrainingOptions options;
  options.epochs = epochs;
  options.precision = precision;
  Observer observer;
  return train(test::model(model), toy::windows(4, 100, 20, 1), toy::windows(4, 40, 20, 2), toy::names(4),
               options, observer);
}

class EveryModelInFloat64 : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Models, EveryModelInFloat64, test::every_model, test::name_of);

TEST_P(EveryModelInFloat64, StartsWithTheFloat32Values) {
  const ModelShape shape{20, 4};
  traffic::Random one(std::uint64_t{7}), other(std::uint64_t{7});
  Network narrow(test::model(GetParam()), shape, Normalisation::log1p, one);
  Network wide(test::model(GetParam()), shape, Normalisation::log1p, other, Precision::float64);
  const std::span<float> floats = narrow.values();
  const std::span<double> doubles = wide.values<double>();
  ASSERT_EQ(floats.size(), doubles.size());
  for (std::size_t i = 0; i < floats.size(); ++i) ASSERT_EQ(static_cast<double>(floats[i]), doubles[i]) << i;
}

TEST_P(EveryModelInFloat64, AnEpochHasNearlyTheLossThatItHasInFloat32) {
  const EpochRecord narrow = trained_with(GetParam(), Precision::float32).history.at(0);
  const EpochRecord wide = trained_with(GetParam(), Precision::float64).history.at(0);
  EXPECT_NEAR(wide.training_loss, narrow.training_loss, 1e-3);
  EXPECT_NEAR(wide.validation_loss, narrow.validation_loss, 1e-3);
  EXPECT_NE(wide.training_loss, narrow.training_loss) << "nothing was computed in another precision";
}

TEST_P(EveryModelInFloat64, TheResultIsTheSameForOneThreadAndTwo) {
  const TrainedModel one = trained_with(GetParam(), Precision::float64, 2, 1),
                     two = trained_with(GetParam(), Precision::float64, 2, 2);
  for (std::size_t i = 0; i < one.parameters.size(); ++i)
    EXPECT_EQ(one.parameters[i].values, two.parameters[i].values) << one.parameters[i].name;
  EXPECT_EQ(one.history.back().training_loss, two.history.back().training_loss);
  EXPECT_EQ(one.history.back().validation_loss, two.history.back().validation_loss);
}

TEST(Precision, AFitterInFloat64HasNoFloat32Optimiser) {
  traffic::Random random(std::uint64_t{1});
  const Fitter fitter(std::make_unique<Network>(test::model("mlp"), ModelShape{20, 4}, Normalisation::log1p,
                                                random, Precision::float64),
                      traffic::StreamKey(1));
  EXPECT_THROW((void)fitter.optimiser(), std::logic_error);
}

}  // namespace
}  // namespace ipet::fingerprint
