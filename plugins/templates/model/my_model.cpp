// A fingerprinting model: one hidden layer over the flattened window and the silence before it.
#include <memory>

#include "pipeline/sdk/plugin.hpp"
#include "stages/fingerprint/model.hpp"

namespace fingerprint = ipet::fingerprint;

struct MyModelOptions {
  int width = 32;
};

class MyModel : public fingerprint::Model {
 public:
  MyModel(const MyModelOptions& options, const fingerprint::ModelShape& shape,
          ipet::traffic::Random& random) {
    hidden_ = register_parameter("hidden", torch::empty({shape.slots * 4 + 1, options.width}));
    output_ = register_parameter("output", torch::empty({options.width, shape.classes}));
    torch::NoGradGuard no_gradient;
    fingerprint::glorot_uniform_(hidden_, random);
    fingerprint::glorot_uniform_(output_, random);
  }

  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor window = torch::cat({features.flatten(1), silence}, 1);
    return torch::mm(dropout(torch::tanh(torch::mm(window, hidden_)), 0.2), output_);
  }

 private:
  torch::Tensor hidden_, output_;
};

class MyModelFactory : public fingerprint::ModelFactory {
 public:
  using Options = MyModelOptions;
  explicit MyModelFactory(const Options& options) : options_(options) {}
  std::shared_ptr<fingerprint::Model> create(const fingerprint::ModelShape& shape,
                                             ipet::traffic::Random& random) const override {
    return std::make_shared<MyModel>(options_, shape, random);
  }

 private:
  Options options_;
};

IPET_PLUGIN("my_model", "1.0", catalog) {
  catalog.component<fingerprint::ModelFactory, MyModelFactory>("my_model")
      .about("One hidden layer over the flattened window and the silence.")
      .option("width", &MyModelOptions::width, ipet::minimum(1), "Units of the hidden layer.");
}
