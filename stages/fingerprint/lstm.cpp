#include "stages/fingerprint/lstm.hpp"

#include "stages/fingerprint/bilstm.hpp"
#include "stages/fingerprint/model.hpp"

namespace ipet::fingerprint {

namespace {

/// Dense layer: x kernel + bias.
struct Dense : torch::nn::Module {
  Dense(std::int64_t inputs, std::int64_t outputs, traffic::Random& random)
      : kernel(register_parameter("kernel", glorot_uniform_(torch::empty({inputs, outputs}), random))),
        bias(register_parameter("bias", torch::zeros({outputs}))) {}
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& x) const { return torch::addmm(bias, x, kernel); }
  torch::Tensor kernel, bias;
};

class Lstm final : public Model {
 public:
  Lstm(const LstmOptions& options, const ModelShape& shape, traffic::Random& random)
      : options_(options),
        first_(register_module("lstm_1", std::make_shared<BiLstm>(4, options.width, random))),
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

}  // namespace

std::shared_ptr<Model> LstmFactory::create(const ModelShape& shape, traffic::Random& random) const {
  return std::make_shared<Lstm>(options_, shape, random);
}

}  // namespace ipet::fingerprint
