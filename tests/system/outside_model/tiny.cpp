// A fingerprinting model of our own, outside the project: one hidden layer over the flattened window and the
// silence.
#include <memory>

#include "pipeline/sdk/plugin.hpp"
#include "stages/fingerprint/model.hpp"

namespace fingerprint = ipet::fingerprint;

struct TinyOptions {
  int width = 32;
};

class Tiny : public fingerprint::Model {
 public:
  Tiny(const TinyOptions& options, const fingerprint::ModelShape& shape, ipet::traffic::Random& random) {
    const std::int64_t inputs = shape.slots * 4 + 1;
    hidden_ = register_parameter("hidden", torch::empty({inputs, options.width}));
    hidden_bias_ = register_parameter("hidden_bias", torch::zeros({options.width}));
    output_ = register_parameter("output", torch::empty({options.width, shape.classes}));
    output_bias_ = register_parameter("output_bias", torch::zeros({shape.classes}));
    torch::NoGradGuard no_gradient;
    fingerprint::glorot_uniform_(hidden_, random);
    fingerprint::glorot_uniform_(output_, random);
  }

  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor flat = torch::cat({features.flatten(1), silence}, 1);
    const torch::Tensor hidden = torch::tanh(torch::addmm(hidden_bias_, flat, hidden_));
    return torch::addmm(output_bias_, dropout(hidden, 0.2), output_);
  }

 private:
  torch::Tensor hidden_, hidden_bias_, output_, output_bias_;
};

class TinyFactory : public fingerprint::ModelFactory {
 public:
  using Options = TinyOptions;
  explicit TinyFactory(const Options& options) : options_(options) {}
  std::shared_ptr<fingerprint::Model> create(const fingerprint::ModelShape& shape,
                                             ipet::traffic::Random& random) const override {
    return std::make_shared<Tiny>(options_, shape, random);
  }

 private:
  Options options_;
};

IPET_PLUGIN("tiny", "1.0", catalog) {
  catalog.component<fingerprint::ModelFactory, TinyFactory>("tiny")
      .about("One hidden layer over the flattened window and the silence.")
      .option("width", &TinyOptions::width, ipet::minimum(1), "Units of the hidden layer.");
}
