// The network of df.hpp. Internal to this folder.
#pragma once

#include <optional>
#include <vector>

#include <torch/types.h>

#include "stages/traffic/random.hpp"

namespace ipet::attack {

class DfNetwork {
 public:
  /// Glorot-uniform kernels as in the authors' Keras code.
  DfNetwork(std::int64_t channels, std::int64_t length, std::int64_t classes, traffic::Random random);
  DfNetwork& operator=(DfNetwork&&) = delete;

  /// x: float32 [N, channels, length]. Logits [N, classes]. With `dropout` it trains: statistics of the
  /// batch, which the running ones follow.
  torch::Tensor forward(const torch::Tensor& x, std::optional<traffic::Random> dropout);
  [[nodiscard]] const std::vector<torch::Tensor>& parameters() const { return parameters_; }
  /// All parameters, one after another: what `parameters` are views of.
  [[nodiscard]] std::vector<float>& values() { return values_; }

  struct State {
    std::vector<float> values, statistics;
  };
  [[nodiscard]] State state() const { return {values_, statistics_}; }
  void restore(const State& state);

 private:
  /// Positions in parameters_; of a normalisation also of its statistics.
  struct Layer {
    std::size_t kernel = 0, bias = 0, scale = 0, shift = 0, mean = 0, variance = 0;
    bool normalised = false;
  };
  Layer add_layer(std::vector<std::int64_t> kernel, bool normalised);
  void fill(traffic::Random& random);
  torch::Tensor normalise(const torch::Tensor& x, const Layer& layer, bool training);

  std::vector<std::vector<std::int64_t>> shapes_;  ///< of the parameters
  std::vector<std::int64_t> widths_;               ///< of the statistics
  std::vector<Layer> convolutions_, dense_;
  std::vector<float> values_, statistics_;
  std::vector<torch::Tensor> parameters_, running_;
};

}  // namespace ipet::attack
