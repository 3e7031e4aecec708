#include "stages/generator/device_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/optimiser.hpp"
#include "stages/generator/sampling.hpp"

namespace ipet::generator {
namespace {

torch::Tensor draw_latents(std::size_t count, traffic::Random random) {
  torch::Tensor z = torch::empty({static_cast<std::int64_t>(count), static_cast<std::int64_t>(latent_size)});
  for (float* row = z.data_ptr<float>(); count > 0; --count) {
    const Latent latent = draw_latent(random);
    row = std::copy(latent.begin(), latent.end(), row);
  }
  return z;
}

/// Weights and bias as one array for the optimiser, and as leaf tensors on the same memory.
struct Leaves {
  explicit Leaves(const Generator& generator) : flat(generator.weight) {
    flat.insert(flat.end(), generator.bias.begin(), generator.bias.end());
    const auto outputs = static_cast<std::int64_t>(generator.bias.size());
    weight = torch::from_blob(flat.data(), {static_cast<std::int64_t>(latent_size), outputs})
                 .set_requires_grad(true);
    bias = torch::from_blob(flat.data() + generator.weight.size(), {outputs}).set_requires_grad(true);
  }
  std::vector<float> flat;
  torch::Tensor weight, bias;
};

std::vector<float> flatten(const torch::Tensor& weight, const torch::Tensor& bias) {
  const torch::Tensor w = weight.contiguous(), b = bias.contiguous();
  std::vector<float> flat(w.data_ptr<float>(), w.data_ptr<float>() + w.numel());
  flat.insert(flat.end(), b.data_ptr<float>(), b.data_ptr<float>() + b.numel());
  return flat;
}

}  // namespace

Generator fresh_generator(std::size_t slots, traffic::Random random) {
  const std::size_t outputs = slots * windows::columns;
  const torch::Tensor weight =
      torch::empty({static_cast<std::int64_t>(latent_size), static_cast<std::int64_t>(outputs)});
  fingerprint::glorot_uniform_(weight, random);
  Generator generator;
  generator.weight.assign(weight.data_ptr<float>(), weight.data_ptr<float>() + weight.numel());
  generator.bias.assign(outputs, 0.0F);
  return generator;
}

torch::Tensor bounded_cross_entropy(const torch::Tensor& logits, const torch::Tensor& label) {
  const torch::Tensor p = torch::softmax(logits, 1).gather(1, label.unsqueeze(1));
  return -torch::log(torch::clamp(p, smallest_probability, 1 - smallest_probability)).mean();
}

torch::Tensor rows_of(const torch::Tensor& activation, const GeneratorSet& set, bool straight_through) {
  const auto packets = static_cast<float>(set.max_packets_per_omega);
  const auto bytes = static_cast<float>(set.max_payload_per_omega);
  const torch::Tensor limits = torch::tensor({packets, bytes}).repeat({activation.size(1) / 2});
  const torch::Tensor raw = activation * limits;
  if (!straight_through) return raw;
  const RowRule rule = row_rule(set);
  const torch::Tensor real = raw.detach().contiguous();
  const torch::Tensor whole = torch::empty_like(real);
  const float* from = real.data_ptr<float>();
  float* to = whole.data_ptr<float>();
  for (std::int64_t i = 0; i < real.numel(); i += 2) {
    const Row row = make_row(from[i], from[i + 1], rule);
    to[i] = row.packets;
    to[i + 1] = row.bytes;
  }
  return raw + (whole - real);  // the difference is a constant for the gradient
}

Generator train_device(Generator generator, fingerprint::Network& discriminator,
                       const fingerprint::LabelledWindows& windows, const GeneratorSet& set,
                       const GeneratorOptions& options, std::uint32_t epochs, traffic::StreamKey key,
                       fingerprint::Observer& observer) {
  Leaves leaves(generator);
  fingerprint::Nadam nadam(leaves.flat.size());
  const torch::Tensor latents = draw_latents(windows.size(), traffic::Random(key.with("latent")));
  std::vector<std::uint32_t> order(windows.size());
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t epoch = 1; epoch <= epochs; ++epoch) {
    traffic::Random shuffle(key.with("order").with(epoch));
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[shuffle.below(i)]);
    double total = 0;
    for (std::size_t begin = 0; begin < order.size(); begin += options.generator_batch) {
      observer.check();
      const auto rows = std::span(order).subspan(
          begin, std::min<std::size_t>(options.generator_batch, order.size() - begin));
      const fingerprint::Batch batch = fingerprint::make_batch(windows, rows);
      std::vector<std::int64_t> picked(rows.begin(), rows.end());
      const torch::Tensor z = latents.index_select(0, torch::tensor(picked));
      const torch::Tensor activation = torch::sigmoid(torch::addmm(leaves.bias, z, leaves.weight));
      const torch::Tensor added = rows_of(activation, set, options.rounding == "straight_through");
      discriminator.model().set_random(traffic::Random(key.with("dropout").with(epoch).with(begin)));
      const torch::Tensor logits =
          discriminator.forward(batch.features + added.view_as(batch.features), batch.silence);
      const torch::Tensor objective = bounded_cross_entropy(logits, batch.label);
      const auto gradients = torch::autograd::grad({-objective}, {leaves.weight, leaves.bias});
      const double loss = objective.item<double>();
      if (!std::isfinite(loss))
        throw std::runtime_error("epoch " + std::to_string(epoch) + ", window " + std::to_string(begin) +
                                 ": the discriminator's cross-entropy is not a finite number");
      nadam.step(leaves.flat, flatten(gradients[0], gradients[1]), options.generator_learning_rate);
      total += loss * static_cast<double>(rows.size());
    }
    generator.last_loss = total / static_cast<double>(windows.size());
    if (epoch == 1) generator.first_loss = generator.last_loss;
  }
  const auto middle = leaves.flat.begin() + static_cast<std::ptrdiff_t>(generator.weight.size());
  std::copy(leaves.flat.begin(), middle, generator.weight.begin());
  std::copy(middle, leaves.flat.end(), generator.bias.begin());
  generator.windows = windows.size();
  return generator;
}

}  // namespace ipet::generator
