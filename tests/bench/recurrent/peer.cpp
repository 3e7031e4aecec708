#include "tests/bench/recurrent/peer.hpp"

#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/optim/adam.h>

namespace ipet::bench {
namespace {

constexpr std::int64_t columns = 4, dense_width = 128;
constexpr double dropout = 0.2, l2 = 0.01;

/// The options that both kinds of layers have.
template <class Options>
Options options(std::int64_t inputs, std::int64_t width) {
  return Options(inputs, width).batch_first(true);
}

torch::nn::Linear linear(torch::nn::Module& owner, const char* name, std::int64_t inputs,
                         std::int64_t outputs) {
  return owner.register_module(name, torch::nn::Linear(inputs, outputs));
}

}  // namespace

struct Peer::Net : torch::nn::Module {
  virtual torch::Tensor states(const torch::Tensor& x) = 0;
  virtual torch::Tensor penalty() = 0;

  Net(std::int64_t state, std::int64_t classes)
      : dense(linear(*this, "dense", state + 1, dense_width)),
        output(linear(*this, "output", dense_width, classes)) {}

  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& silence) {
    const torch::Tensor hidden = torch::tanh(dense(torch::cat({states(x), silence}, 1)));
    return output(torch::dropout(hidden, dropout, true));
  }

  torch::nn::Linear dense, output;
  std::unique_ptr<torch::optim::Adam> adam;
};

Peer::Peer(Layer layer, std::int64_t width, std::int64_t classes) {
  torch::manual_seed(1);
  struct Lstm : Net {
    Lstm(std::int64_t width, std::int64_t classes)
        : Net(2 * width, classes),
          first(register_module(
              "first", torch::nn::LSTM(options<torch::nn::LSTMOptions>(columns, width).bidirectional(true)))),
          second(register_module(
              "second",
              torch::nn::LSTM(options<torch::nn::LSTMOptions>(2 * width, width).bidirectional(true)))),
          width(width) {}
    torch::Tensor states(const torch::Tensor& x) override {
      const torch::Tensor all = std::get<0>(second(std::get<0>(first(x))));
      return torch::cat(
          {all.select(1, all.size(1) - 1).narrow(1, 0, width), all.select(1, 0).narrow(1, width, width)}, 1);
    }
    torch::Tensor penalty() override {
      const auto p = first->named_parameters();
      return l2 * (p["weight_ih_l0"].square().sum() + p["weight_ih_l0_reverse"].square().sum());
    }
    torch::nn::LSTM first, second;
    std::int64_t width;
  };
  struct Gru : Net {
    Gru(std::int64_t width, std::int64_t classes)
        : Net(width, classes),
          first(register_module("first", torch::nn::GRU(options<torch::nn::GRUOptions>(columns, width)))),
          second(register_module("second", torch::nn::GRU(options<torch::nn::GRUOptions>(width, width)))) {}
    torch::Tensor states(const torch::Tensor& x) override {
      const torch::Tensor all = std::get<0>(second(std::get<0>(first(x))));
      return all.select(1, all.size(1) - 1);
    }
    torch::Tensor penalty() override { return l2 * first->named_parameters()["weight_ih_l0"].square().sum(); }
    torch::nn::GRU first, second;
  };
  if (layer == Layer::lstm)
    net_ = std::make_unique<Lstm>(width, classes);
  else
    net_ = std::make_unique<Gru>(width, classes);
  net_->adam = std::make_unique<torch::optim::Adam>(net_->parameters(), torch::optim::AdamOptions(1e-3));
}

Peer::~Peer() = default;

double Peer::epoch(const fingerprint::LabelledWindows& data, std::int64_t batch) {
  const auto size = static_cast<std::int64_t>(data.size()), slots = static_cast<std::int64_t>(data.slots);
  double total = 0;
  for (std::int64_t begin = 0; begin < size; begin += batch) {
    const std::int64_t n = std::min(batch, size - begin);
    const auto features = const_cast<float*>(data.features.data()) + begin * slots * columns;  // only read
    const auto silence = const_cast<float*>(data.silence.data()) + begin;
    const torch::Tensor label = torch::empty({n}, torch::kInt64);
    std::copy_n(data.label.begin() + begin, n, label.data_ptr<std::int64_t>());
    const torch::Tensor logits =
        net_->forward(torch::from_blob(features, {n, slots, columns}), torch::from_blob(silence, {n, 1}));
    const torch::Tensor loss = torch::nll_loss(torch::log_softmax(logits, 1), label) + net_->penalty();
    net_->adam->zero_grad();
    loss.backward();
    net_->adam->step();
    total += loss.item<double>() * static_cast<double>(n);
  }
  return total / static_cast<double>(size);
}

}  // namespace ipet::bench
