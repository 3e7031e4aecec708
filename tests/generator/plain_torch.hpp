// Generator training as one would write it with LibTorch's own modules: what ours is compared with, for equal
// results (plain_torch_test.cpp) and for speed (tests/bench/generator).
#pragma once

#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <torch/nn/functional/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/types.h>

#include "stages/dataset/dataset.hpp"
#include "stages/generator_training/generator_training.hpp"
#include "stages/model/trained_model.hpp"

namespace ipet::generator::plain {

/// A stored parameter as a tensor of its own.
inline torch::Tensor stored(const fingerprint::TrainedModel& model, const std::string& name) {
  for (const fingerprint::NamedArray& array : model.parameters)
    if (array.name == name)
      return torch::from_blob(const_cast<float*>(array.values.data()), array.shape).clone();
  throw std::runtime_error("no parameter " + name);
}

/// The published `lstm` discriminator with "log1p" as its first layer, frozen.
struct Discriminator : torch::nn::Module {
  Discriminator(const fingerprint::TrainedModel& model, std::int64_t width, double dropout)
      : dropout_rate(dropout) {
    const auto classes = static_cast<std::int64_t>(model.classes.size());
    const auto lstm = [&](const std::string& name, std::int64_t inputs) {
      const auto options = torch::nn::LSTMOptions(inputs, width).batch_first(true).bidirectional(true);
      return register_module(name, torch::nn::LSTM(options));
    };
    first = lstm("lstm_1", 4);
    second = lstm("lstm_2", 2 * width);
    const torch::Tensor kernel = stored(model, "dense.kernel");
    dense = register_module("dense", torch::nn::Linear(kernel.size(0), kernel.size(1)));
    output = register_module("output", torch::nn::Linear(kernel.size(1), classes));
    const torch::NoGradGuard no_gradients;
    copy_lstm(model, "lstm_1", *first);
    copy_lstm(model, "lstm_2", *second);
    for (auto* layer : {&dense, &output}) {
      const std::string name = layer == &dense ? "dense" : "output";
      (*layer)->weight.copy_(stored(model, name + ".kernel").t());
      (*layer)->bias.copy_(stored(model, name + ".bias"));
    }
    mean = stored(model, "normalisation.feature_mean");
    scale = stored(model, "normalisation.feature_scale");
    silence_mean = stored(model, "normalisation.silence_mean");
    silence_scale = stored(model, "normalisation.silence_scale");
    for (torch::Tensor& parameter : parameters()) parameter.set_requires_grad(false);
  }

  torch::Tensor forward(const torch::Tensor& windows, const torch::Tensor& silence) {
    const torch::Tensor sequence = std::get<0>(first->forward((torch::log1p(windows) - mean) * scale));
    const torch::Tensor last = std::get<0>(std::get<1>(second->forward(sequence)));  // [2, N, width]
    const torch::Tensor seconds = (torch::log1p(silence) - silence_mean) * silence_scale;
    const torch::Tensor hidden = torch::tanh(dense->forward(torch::cat({last[0], last[1], seconds}, 1)));
    return output->forward(torch::dropout(hidden, dropout_rate, dropout_rate > 0));
  }

  static void copy_lstm(const fingerprint::TrainedModel& model, const std::string& name,
                        torch::nn::LSTMImpl& lstm) {
    auto parameters = lstm.named_parameters();
    for (const bool backward : {false, true}) {
      const std::string from = name + (backward ? ".backward_" : ".forward_");
      const std::string suffix = backward ? "_l0_reverse" : "_l0";
      parameters["weight_ih" + suffix].copy_(stored(model, from + "kernel").t());
      parameters["weight_hh" + suffix].copy_(stored(model, from + "recurrent").t());
      parameters["bias_ih" + suffix].copy_(stored(model, from + "bias"));
      parameters["bias_hh" + suffix].zero_();
    }
  }

  double dropout_rate;
  torch::nn::LSTM first{nullptr}, second{nullptr};
  torch::nn::Linear dense{nullptr}, output{nullptr};
  torch::Tensor mean, scale, silence_mean, silence_scale;
};

/// Windows of one device.
struct Windows {
  Windows(const fingerprint::LabelledWindows& all, const std::vector<std::uint32_t>& own) {
    fingerprint::LabelledWindows mine;
    mine.slots = all.slots;
    for (const std::uint32_t i : own) mine.append(all.window(i), all.silence[i], all.label[i]);
    features = torch::tensor(mine.features).view({-1, static_cast<std::int64_t>(all.slots), 4});
    silence = torch::tensor(mine.silence).unsqueeze(1);
    label = torch::full({static_cast<std::int64_t>(own.size())}, mine.label.at(0), torch::kInt64);
  }
  torch::Tensor features, silence, label;
};

/// What is sent, and real numbers' gradient: [N, slots * 4].
inline torch::Tensor straight_through(const torch::Tensor& raw, const torch::Tensor& limits, bool feasible,
                                      double minimum_size) {
  torch::Tensor whole = torch::minimum(torch::round(raw.detach()), torch::floor(limits));
  if (feasible) {
    const torch::Tensor rows = whole.view({raw.size(0), -1, 2});
    const torch::Tensor most = torch::floor(limits[1] / minimum_size);
    torch::Tensor packets = torch::minimum(rows.select(2, 0), most), bytes = rows.select(2, 1);
    const torch::Tensor some = (packets > 0).logical_and(bytes > 0);
    bytes = torch::maximum(bytes, packets * minimum_size);
    whole = (torch::stack({packets, bytes}, 2) * some.unsqueeze(2)).view_as(raw);
  }
  return raw + (whole - raw.detach());
}

struct Training {
  const GeneratorTrainingOptions& options;
  std::uint32_t epochs = 0;
  std::function<torch::Tensor(std::uint32_t epoch)> latents;            ///< [windows, latent_size]
  std::function<std::vector<std::int64_t>(std::uint32_t epoch)> order;  ///< a permutation
  std::function<void()> step;                                           ///< of the optimiser
};

/// Trains `linear`; returns the mean cross-entropy of the last epoch.
inline double train(torch::nn::Linear& linear, Discriminator& discriminator, const Windows& windows,
                    const Training& training) {
  const GeneratorTrainingOptions& o = training.options;
  const std::int64_t count = windows.features.size(0), pairs = windows.features.size(1) * 2;
  const torch::Tensor limits = torch::tensor({static_cast<float>(o.max_packets_per_omega),
                                              static_cast<float>(o.max_payload_per_omega)})
                                   .repeat({pairs});
  double total = 0;
  for (std::uint32_t epoch = 1; epoch <= training.epochs; ++epoch) {
    const torch::Tensor z = training.latents(epoch);
    const torch::Tensor order = torch::tensor(training.order(epoch));
    total = 0;
    for (std::int64_t begin = 0; begin < count; begin += o.generator_batch) {
      const torch::Tensor rows =
          order.narrow(0, begin, std::min<std::int64_t>(o.generator_batch, count - begin));
      torch::Tensor added = torch::sigmoid(linear->forward(z.index_select(0, rows))) * limits;
      if (o.rounding == Rounding::straight_through)
        added = straight_through(added, limits, o.rows == RowKind::feasible, o.minimum_size);
      const torch::Tensor clean = windows.features.index_select(0, rows);
      const torch::Tensor logits =
          discriminator.forward(clean + added.view_as(clean), windows.silence.index_select(0, rows));
      const torch::Tensor p =
          torch::softmax(logits, 1).gather(1, windows.label.index_select(0, rows).unsqueeze(1));
      const torch::Tensor objective =
          torch::log(torch::clamp(p, smallest_probability, 1 - smallest_probability)).mean();
      linear->zero_grad();
      objective.backward();
      training.step();
      total -= objective.item<double>() * static_cast<double>(rows.size(0));
    }
  }
  return total / static_cast<double>(count);
}

}  // namespace ipet::generator::plain
