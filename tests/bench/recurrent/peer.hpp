// The same networks from LibTorch's own layers, trained by its own optimiser. No LibTorch here.
#pragma once

#include <cstdint>
#include <memory>

#include "stages/dataset/dataset.hpp"

namespace ipet::bench {

enum class Layer { lstm, gru };

/// Two recurrent layers - concat silence - Dense tanh - dropout - Dense, softmax, Adam.
class Peer {
 public:
  Peer(Layer layer, std::int64_t width, std::int64_t classes);
  ~Peer();
  /// One pass over `data` in its order; returns the mean loss.
  double epoch(const fingerprint::LabelledWindows& data, std::int64_t batch);

 private:
  struct Net;
  std::unique_ptr<Net> net_;
};

}  // namespace ipet::bench
