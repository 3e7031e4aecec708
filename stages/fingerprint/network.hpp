// A model with its normalisation, as the trainers use it: all parameters in one flat array, and copies that
// share them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "stages/dataset/dataset.hpp"
#include "stages/fingerprint/model.hpp"
#include "stages/fingerprint/precision.hpp"
#include "stages/fingerprint/torch_threads.hpp"
#include "stages/fingerprint/window_feed.hpp"
#include "stages/model/trained_model.hpp"

namespace ipet::fingerprint {

/// The first layer. log1p: log(1 + x), then minus mean, divided by deviation, per column; none: identity.
/// Gradients pass through.
class NormalisationLayer {
 public:
  explicit NormalisationLayer(Normalisation kind);
  void fit(const Dataset& training);
  [[nodiscard]] torch::Tensor features(const torch::Tensor& x) const;
  [[nodiscard]] torch::Tensor silence(const torch::Tensor& x) const;
  [[nodiscard]] Normalisation kind() const { return kind_; }
  /// Its constants by name; empty for none.
  [[nodiscard]] std::vector<std::pair<std::string, torch::Tensor>> constants() const;

 private:
  Normalisation kind_;
  torch::Tensor mean_, scale_;                  // [4]
  torch::Tensor silence_mean_, silence_scale_;  // [1]
};

/// Rows of a data set as tensors.
struct Batch {
  torch::Tensor features;  ///< [N, slots, 4]
  torch::Tensor silence;   ///< [N, 1]
  torch::Tensor label;     ///< int64 [N]
};
Batch make_batch(const LabelledWindows& windows, std::span<const std::uint32_t> rows);
Batch make_batch(std::size_t slots, std::span<const WindowRow> rows);
/// Windows first .. first + count - 1, wherever they are.
Batch make_batch(const Dataset& windows, std::size_t first, std::size_t count);

/// Makes the model twice with the same random numbers. Throws std::runtime_error naming `model` and the
/// parameter where the two differ: a run with it could not be repeated, and copies would not fit.
void check_repeatable(const ModelFactory& factory, const ModelShape& shape, const traffic::Random& random,
                      const std::string& model);

class Network {
 public:
  /// In any precision it starts with the float32 values that the factory draws, and takes float32 windows.
  /// LibTorch's own initialisers draw the same for the same `random`, too. `model`: its plugin, for errors.
  Network(std::shared_ptr<const ModelFactory> factory, const ModelShape& shape, Normalisation normalisation,
          traffic::Random& random, Precision precision = Precision::float32, std::string model = {});
  /// The network of a trained model. Throws std::runtime_error naming the parameter when a stored one is
  /// missing, left over or of another shape.
  explicit Network(const TrainedModel& trained, Precision precision = Precision::float32);

  /// A copy that uses the same memory for its parameters and constants: it sees every later step.
  [[nodiscard]] std::unique_ptr<Network> replica() const;

  [[nodiscard]] NormalisationLayer& normalisation() { return normalisation_; }
  [[nodiscard]] Model& model() { return *model_; }
  /// Raw features [N, slots, 4] and silence [N, 1], float32, to logits [N, classes] in its own precision.
  /// Throws std::runtime_error naming the model when the first ones have another shape, or are not finite
  /// though the features are.
  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence);

  [[nodiscard]] Precision precision() const { return precision_; }
  /// All trainable values, in order of registration. Real: float or double, as the precision is.
  template <class Real = float>
  [[nodiscard]] std::span<Real> values();
  [[nodiscard]] const std::vector<torch::Tensor>& parameters() const { return parameters_; }
  /// For a network that is only used, not trained.
  void freeze();

  /// Rounded to float32 where it has more.
  [[nodiscard]] std::vector<NamedArray> arrays() const;
  void load(const std::vector<NamedArray>& arrays);

 private:
  void adopt(const torch::Tensor& flat);
  void look_at_first(const torch::Tensor& features, const torch::Tensor& logits);

  std::string name_;  ///< of the model's plugin
  bool first_is_seen_ = false;
  std::shared_ptr<const ModelFactory> factory_;
  ModelShape shape_;
  Precision precision_;
  NormalisationLayer normalisation_;
  std::shared_ptr<Model> model_;
  std::vector<torch::Tensor> parameters_;  ///< the model's, which takes a while to find
  torch::Tensor flat_;
};

}  // namespace ipet::fingerprint
