// The publication's networks (ipet.md section 3). In one file, because LibTorch's headers take most of the
// time that it takes to compile.
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

class LstmModel final : public Model {
 public:
  LstmModel(const LstmOptions& options, const ModelShape& shape, traffic::Random& random)
      : options_(options),
        first_(register_module("lstm_1", std::make_shared<BiLstm>(columns, options.width, random))),
        second_(
            register_module("lstm_2", std::make_shared<BiLstm>(2 * options.width, options.width, random))),
        dense_(register_module("dense",
                               std::make_shared<Dense>(2 * options.width + 1, options.dense_width, random))),
        output_(
            register_module("output", std::make_shared<Dense>(options.dense_width, shape.classes, random))) {}

  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor last = second_->last(first_->sequences(features));
    const torch::Tensor dense = torch::tanh(dense_->forward(torch::cat({last, silence}, 1)));
    return output_->forward(dropout(dense, options_.dropout));
  }
  torch::Tensor penalty() override { return options_.l2 * first_->squared_input_kernels(); }

 private:
  LstmOptions options_;
  std::shared_ptr<BiLstm> first_, second_;
  std::shared_ptr<Dense> dense_, output_;
};

class GruModel final : public Model {
 public:
  GruModel(const GruOptions& options, const ModelShape& shape, traffic::Random& random)
      : options_(options),
        first_(register_module("gru_1", std::make_shared<Gru>(columns, options.width, random))),
        second_(register_module("gru_2", std::make_shared<Gru>(options.width, options.width, random))),
        dense_(register_module("dense",
                               std::make_shared<Dense>(options.width + 1, options.dense_width, random))),
        output_(
            register_module("output", std::make_shared<Dense>(options.dense_width, shape.classes, random))) {}

  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor last = second_->last(first_->sequences(features));
    const torch::Tensor dense = torch::tanh(dense_->forward(torch::cat({last, silence}, 1)));
    return output_->forward(dropout(dense, options_.dropout));
  }
  torch::Tensor penalty() override { return options_.l2 * first_->squared_input_kernel(); }

 private:
  GruOptions options_;
  std::shared_ptr<Gru> first_, second_;
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

std::shared_ptr<Model> LstmFactory::create(const ModelShape& shape, traffic::Random& random) const {
  return std::make_shared<LstmModel>(options_, shape, random);
}

std::shared_ptr<Model> GruFactory::create(const ModelShape& shape, traffic::Random& random) const {
  return std::make_shared<GruModel>(options_, shape, random);
}

std::shared_ptr<Model> CnnFactory::create(const ModelShape& shape, traffic::Random& random) const {
  return std::make_shared<CnnModel>(options_, shape, random);
}

std::shared_ptr<Model> MlpFactory::create(const ModelShape& shape, traffic::Random& random) const {
  return std::make_shared<MlpModel>(options_, shape, random);
}

}  // namespace ipet::fingerprint
