// Training a fingerprinting model (stages/fingerprint/README.md "Training") and asking a trained one. No
// LibTorch here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stages/dataset/dataset.hpp"
#include "stages/fingerprint/precision.hpp"
#include "stages/model/model_factory.hpp"
#include "stages/model/observer.hpp"
#include "stages/model/trained_model.hpp"

namespace ipet::fingerprint {

struct DiscriminatorTrainingOptions {
  std::uint32_t epochs = 100;   ///< at most
  std::uint32_t batch = 128;    ///< windows per step
  std::uint32_t patience = 16;  ///< epochs without improvement of the validation loss before it stops
  double learning_rate = 1e-3;  ///< at first; falls as PlateauSchedule says
  Normalisation normalisation = Normalisation::log1p;
  std::uint64_t seed = 0;  ///< initial values, order of the windows, dropout
  /// Windows among which the order of an epoch is drawn (EpochOrder), and, where the windows are in a file,
  /// as many as are held in memory.
  std::size_t shuffle_buffer = 262'144;
  /// float64 is for comparison: plain LibTorch operations in double, from the same initial values. What is
  /// returned is rounded to float32.
  Precision precision = Precision::float32;
  std::string model = {};  ///< name of its plugin, for errors
};

/// Trains a network of `factory` and returns its best epoch: the one with the lowest validation loss
/// (training loss when `validation` is empty, which the observer is warned of). Sets all of the result but
/// `model`, `options`, `omega`, `split` and `test_windows`. The result depends neither on the number of
/// threads nor on where the windows are. Throws std::runtime_error when there is nothing to train on, and
/// naming epoch and step when the loss is not finite, naming the model when it breaks its rules
/// (network.hpp), and naming the file when windows cannot be read from it.
TrainedModel train(std::shared_ptr<const ModelFactory> factory, const Dataset& training,
                   const Dataset& validation, std::vector<std::string> classes,
                   const DiscriminatorTrainingOptions& options, Observer& observer);

/// Class probabilities, [window, class]. `observer`, where there is one, may end it early.
std::vector<float> probabilities(const TrainedModel& model, const Dataset& windows,
                                 Observer* observer = nullptr);
/// The most probable class of each row of `probabilities`, [row, class].
std::vector<std::uint16_t> most_probable(const std::vector<float>& probabilities, std::size_t classes);
/// The most probable class of each window.
std::vector<std::uint16_t> classify(const TrainedModel& model, const Dataset& windows,
                                    Observer* observer = nullptr);

}  // namespace ipet::fingerprint
