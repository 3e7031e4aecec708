// Gradient steps on a network over both cores, with results that do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stages/dataset/dataset.hpp"
#include "stages/fingerprint/epoch_order.hpp"
#include "stages/fingerprint/window_feed.hpp"
#include "stages/model/observer.hpp"
#include "stages/model/optimiser.hpp"
#include "stages/model/trained_model.hpp"

namespace ipet::fingerprint {

class Network;

struct Loss {
  double loss = 0;      ///< mean cross-entropy, plus the model's penalty
  double accuracy = 0;  ///< share of windows whose device is the most probable class
};

/// A network and its optimiser. Every batch is cut into a fixed number of shards; each has its own copy of
/// the network on the same parameters, its own random stream, and its gradients are added in shard order.
class Fitter {
 public:
  /// `shuffle_buffer`: windows among which an epoch's order is drawn (EpochOrder). Data sets that are not in
  /// memory must be larger.
  Fitter(std::unique_ptr<Network> network, traffic::StreamKey key,
         std::size_t shuffle_buffer = EpochOrder::whole);
  /// Trains the network of a trained model further.
  Fitter(const TrainedModel& trained, traffic::StreamKey key);
  ~Fitter();

  /// One pass over `data` in an order drawn for `epoch`. `where` begins the message of errors. Throws
  /// std::runtime_error when the loss or a gradient is not finite.
  Loss epoch(const Dataset& data, std::uint32_t epoch, std::uint32_t batch, double learning_rate,
             const std::string& where, Observer& observer);
  /// Mean loss without dropout, but with the penalty: as Keras' validation loss, which the schedules follow.
  /// An observer, here and below, is asked to check() now and then.
  Loss evaluate(const Dataset& data, Observer* observer = nullptr);
  /// Class probabilities, [window, class].
  std::vector<float> probabilities(const Dataset& data, Observer* observer = nullptr);
  /// The most probable class of each window.
  std::vector<std::uint16_t> classify(const Dataset& data, Observer* observer = nullptr);

  [[nodiscard]] Network& network() { return *network_; }
  [[nodiscard]] std::vector<NamedArray> parameters() const;
  /// The optimiser of a float32 network; throws std::logic_error for another one.
  [[nodiscard]] const AdamState& optimiser() const;
  /// Goes on where another fitter of the same key stood after an epoch. Throws std::runtime_error when
  /// parameters or state do not fit the model, std::logic_error unless the network is in float32.
  void restore(const std::vector<NamedArray>& parameters, AdamState optimiser);

 private:
  static constexpr std::size_t shards = 2;
  struct ShardResult {
    double loss = 0;
    std::size_t hits = 0;
  };
  class Update;
  template <class Real>
  class UpdateIn;
  void shard_step(std::size_t shard, std::size_t slots, std::span<const WindowRow> rows,
                  std::size_t batch_size, traffic::StreamKey key);
  /// Calls take(window, its probabilities) for each window in order. Some thousand windows are in memory.
  template <class Realisation>
  void predict(const Dataset& data, const Realisation& take, Observer* observer);

  std::unique_ptr<Network> network_;
  traffic::StreamKey key_;
  std::size_t shuffle_buffer_;
  std::unique_ptr<Update> update_;
  std::vector<std::unique_ptr<Network>> replicas_;
  std::vector<ShardResult> results_;
};

}  // namespace ipet::fingerprint
