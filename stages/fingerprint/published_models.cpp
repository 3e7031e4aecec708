// The publication's networks (stages/fingerprint/README.md). In one file, because LibTorch's headers take
// most of the time that it takes to compile.
#include <concepts>
#include <stdexcept>
#include <string>

#include "stages/fingerprint/bilstm.hpp"
#include "stages/fingerprint/cnn.hpp"
#include "stages/fingerprint/gru.hpp"
#include "stages/fingerprint/layers.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/fingerprint/mlp.hpp"
#include "stages/fingerprint/model.hpp"

namespace ipet::fingerprint {

namespace {

constexpr std::int64_t columns = 4;  // features per slot

/// Two recurrent layers, BiLstm or Gru, and the head.
template <class Layer, class Options>
class RecurrentModel final : public Model {
 public:
  RecurrentModel(const std::string& name, const Options& options, const ModelShape& shape,
                 traffic::Random& random)
      : options_(options),
        states_(Layer::directions * options.width),
        first_(register_module(name + "_1", std::make_shared<Layer>(columns, options.width, random))),
        second_(register_module(name + "_2", std::make_shared<Layer>(states_, options.width, random))),
        dense_(register_module("dense", std::make_shared<Dense>(states_ + 1, options.dense_width, random))),
        output_(
            register_module("output", std::make_shared<Dense>(options.dense_width, shape.classes, random))) {}

  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor last = second_->last(first_->sequences(features));
    const torch::Tensor mask = dropout_mask({last.size(0), options_.dense_width}, options_.dropout);
    return head(last, silence, mask, *dense_, *output_);
  }
  torch::Tensor penalty() override { return first_->decay(options_.l2); }

 private:
  Options options_;
  std::int64_t states_;
  std::shared_ptr<Layer> first_, second_;
  std::shared_ptr<Dense> dense_, output_;
};

/// Slots that are left behind both convolutions and the pooling.
std::int64_t pooled_slots(const CnnOptions& options, std::int64_t slots) {
  const std::int64_t lost = 2 * (options.kernel_size - 1), fewest = lost + options.pool_size;
  if (slots < fewest)
    throw std::invalid_argument("model 'cnn' needs windows of at least " + std::to_string(fewest) +
                                " slots (two convolutions over " + std::to_string(options.kernel_size) +
                                " slots and a maximum over " + std::to_string(options.pool_size) +
                                "), these have " + std::to_string(slots));
  return (slots - lost) / options.pool_size;
}

class CnnModel final : public Model {
 public:
  CnnModel(const CnnOptions& options, const ModelShape& shape, traffic::Random& random)
      : options_(options),
        flat_(pooled_slots(options, shape.slots) * options.filters),
        first_(register_module("convolution_1", std::make_shared<Convolution>(columns, options.filters,
                                                                              options.kernel_size, random))),
        second_(register_module(
            "convolution_2",
            std::make_shared<Convolution>(options.filters, options.filters, options.kernel_size, random))),
        dense_(register_module("dense", std::make_shared<Dense>(flat_ + 1, options.dense_width, random))),
        output_(
            register_module("output", std::make_shared<Dense>(options.dense_width, shape.classes, random))) {}

  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor seen = torch::relu(second_->forward(torch::relu(first_->forward(features))));
    const torch::Tensor pooled = max_pool(dropout(seen, options_.dropout), options_.pool_size);
    const torch::Tensor all = torch::cat({pooled.reshape({-1, flat_}), silence}, 1);
    return output_->forward(torch::tanh(dense_->forward(all)));
  }

 private:
  CnnOptions options_;
  std::int64_t flat_;
  std::shared_ptr<Convolution> first_, second_;
  std::shared_ptr<Dense> dense_, output_;
};

class MlpModel final : public Model {
 public:
  MlpModel(const MlpOptions& options, const ModelShape& shape, traffic::Random& random)
      : options_(options),
        flat_(shape.slots * options.second_width),
        first_(
            register_module("slot_dense_1", std::make_shared<Dense>(columns, options.first_width, random))),
        second_(register_module("slot_dense_2",
                                std::make_shared<Dense>(options.first_width, options.second_width, random))),
        dense_(register_module("dense", std::make_shared<Dense>(flat_ + 1, options.dense_width, random))),
        output_(
            register_module("output", std::make_shared<Dense>(options.dense_width, shape.classes, random))) {}

  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor first = dropout(torch::tanh(first_->forward(features)), options_.dropout);
    const torch::Tensor second = torch::tanh(second_->forward(first));
    const torch::Tensor all = torch::cat({second.reshape({-1, flat_}), silence}, 1);
    return output_->forward(dropout(torch::tanh(dense_->forward(all)), options_.dropout));
  }

 private:
  MlpOptions options_;
  std::int64_t flat_;
  std::shared_ptr<Dense> first_, second_, dense_, output_;
};

}  // namespace

template <class O>
std::shared_ptr<Model> PublishedModel<O>::create(const ModelShape& shape, traffic::Random& random) const {
  if constexpr (std::same_as<O, LstmOptions>)
    return std::make_shared<RecurrentModel<BiLstm, O>>("lstm", options_, shape, random);
  else if constexpr (std::same_as<O, GruOptions>)
    return std::make_shared<RecurrentModel<Gru, O>>("gru", options_, shape, random);
  else if constexpr (std::same_as<O, CnnOptions>)
    return std::make_shared<CnnModel>(options_, shape, random);
  else
    return std::make_shared<MlpModel>(options_, shape, random);
}

template class PublishedModel<LstmOptions>;
template class PublishedModel<GruOptions>;
template class PublishedModel<CnnOptions>;
template class PublishedModel<MlpOptions>;

}  // namespace ipet::fingerprint
