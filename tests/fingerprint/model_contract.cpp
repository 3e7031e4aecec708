// A model that breaks its rules is an error that names it and says what the rule is.
#include <cmath>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "stages/fingerprint/network.hpp"

namespace ipet::fingerprint {
namespace {

using testing::HasSubstr;

constexpr std::int64_t toy_slots = 3, devices = 4;

enum class Fault { none, width, not_a_number, own_numbers, other_layers, nothing, throws };

/// One layer, initialised as LibTorch does it.
class Toy final : public Model {
 public:
  explicit Toy(Fault fault, std::int64_t width)
      : fault_(fault), layer_(register_module("layer", torch::nn::Linear(toy_slots * 4, width))) {}
  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor&) override {
    const torch::Tensor logits = layer_->forward(features.flatten(1));
    return fault_ == Fault::not_a_number ? logits * std::nan("") : logits;
  }
  torch::nn::Linear& layer() { return layer_; }

 private:
  Fault fault_;
  torch::nn::Linear layer_;
};

class ToyFactory final : public ModelFactory {
 public:
  explicit ToyFactory(Fault fault) : fault_(fault) {}
  [[nodiscard]] std::shared_ptr<Model> create(const ModelShape& shape, traffic::Random&) const override {
    if (fault_ == Fault::nothing) return nullptr;
    if (fault_ == Fault::throws) {
      (void)torch::rand({1});
      throw std::runtime_error("no memory for its layers");
    }
    ++made_;
    const bool wide = fault_ == Fault::width || (fault_ == Fault::other_layers && made_ % 2 == 0);
    auto made = std::make_shared<Toy>(fault_, shape.classes + (wide ? 2 : 0));
    if (fault_ == Fault::own_numbers) {
      const torch::NoGradGuard no_gradients;
      made->layer()->bias.fill_(static_cast<double>(made_));
    }
    return made;
  }

 private:
  Fault fault_;
  mutable int made_ = 0;
};

template <class Body>
std::string fault_of(Body&& body) {
  try {
    body();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

std::string repeated(Fault fault) {
  return fault_of([&] {
    check_repeatable(ToyFactory(fault), {toy_slots, devices}, traffic::Random(20), "toy");
  });
}

std::string first_batch(Fault fault, float feature = 1) {
  return fault_of([&] {
    traffic::Random random(20);
    Network network(std::make_shared<const ToyFactory>(fault), {toy_slots, devices}, Normalisation::none,
                    random, Precision::float32, "toy");
    network.forward(torch::full({5, toy_slots, 4}, feature), torch::zeros({5, 1}));
  });
}

TEST(ModelContract, IsKeptByOneThatLibTorchInitialises) {
  EXPECT_EQ(repeated(Fault::none), "");
  EXPECT_EQ(first_batch(Fault::none), "");
}

TEST(ModelContract, LeavesLibTorchsOwnRandomNumbersAsTheyWere) {
  torch::manual_seed(7);
  const torch::Tensor expected = torch::rand({3});
  torch::manual_seed(7);
  EXPECT_EQ(repeated(Fault::none), "");
  EXPECT_TRUE(torch::equal(torch::rand({3}), expected));
}

TEST(ModelContract, LeavesThemAlsoWhereTheModelCannotBeMadeAndTheNextOneCan) {
  torch::manual_seed(7);
  const torch::Tensor expected = torch::rand({3});
  torch::manual_seed(7);
  EXPECT_EQ(repeated(Fault::throws), "no memory for its layers");
  EXPECT_TRUE(torch::equal(torch::rand({3}), expected));
  EXPECT_EQ(repeated(Fault::none), "");
}

TEST(ModelContract, MakesOtherValuesOfAnotherSeed) {
  const auto weight = [](std::uint64_t seed) {
    traffic::Random random(seed);
    return Network(std::make_shared<const ToyFactory>(Fault::none), {toy_slots, devices}, Normalisation::none,
                   random)
        .arrays()
        .at(0)
        .values;
  };
  EXPECT_EQ(weight(20), weight(20));
  EXPECT_NE(weight(20), weight(21));
}

TEST(ModelContract, IsBrokenByLogitsOfAnotherWidth) {
  EXPECT_EQ(first_batch(Fault::width),
            "model 'toy' gave logits of shape [5, 6] for 5 windows and 4 devices: forward() gives [windows, "
            "devices], [5, 4]");
}

TEST(ModelContract, IsBrokenByLogitsThatAreNoNumbers) {
  EXPECT_EQ(
      first_batch(Fault::not_a_number),
      "model 'toy' gave logits that are no finite numbers for its first batch of windows, whose features "
      "are");
}

TEST(ModelContract, IsNotBrokenWhereTheFeaturesAreExtreme) {
  EXPECT_EQ(first_batch(Fault::not_a_number, 1e30F), "");
}

TEST(ModelContract, IsBrokenByOtherValuesEachTime) {
  EXPECT_EQ(
      repeated(Fault::own_numbers),
      "model 'toy', made twice with the same random numbers, has other values in parameter 'layer.bias': "
      "create() draws all initial values from the Random that it is given, and makes the same layers each "
      "time");
}

TEST(ModelContract, IsBrokenByOtherLayersEachTime) {
  EXPECT_THAT(repeated(Fault::other_layers), HasSubstr("has other values in parameter 'layer.weight'"));
}

TEST(ModelContract, IsBrokenByNoModel) {
  EXPECT_EQ(repeated(Fault::nothing), "model 'toy' made no network: create() gave null");
}

}  // namespace
}  // namespace ipet::fingerprint
