#include "stages/generator_training/device_trainer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "stages/generator/kernel.hpp"
#include "stages/generator/sampling.hpp"
#include "stages/model/initial_values.hpp"
#include "stages/model/optimiser.hpp"

namespace ipet::generator {
namespace {

/// One generator in training. The generator's own arithmetic is the kernel's; LibTorch differentiates the
/// discriminator alone, for its input alone.
class DeviceTrainer {
 public:
  DeviceTrainer(const Generator& generator, fingerprint::FrozenNetwork& discriminator,
                const fingerprint::LabelledWindows& windows, std::span<const std::uint32_t> own,
                const GeneratorSet& set, const GeneratorTrainingOptions& options)
      : discriminator_(discriminator),
        windows_(windows),
        own_(own),
        scale_(row_scale(set)),
        whole_(options.rounding == Rounding::straight_through),
        learning_rate_(options.generator_learning_rate),
        outputs_(generator.bias.size()),
        weights_(generator.weight),
        gradient_(generator.weight.size() + outputs_),
        nadam_(gradient_.size()) {
    weights_.insert(weights_.end(), generator.bias.begin(), generator.bias.end());
    const std::size_t most = std::min<std::size_t>(options.generator_batch, own.size());
    z_.resize(most * latent_size);
    activation_.resize(most * outputs_);
    of_rows_.resize(most * outputs_);
  }

  /// A step on some of its own windows; their z are the same rows of `latents`. Returns the sum of their
  /// cross-entropies.
  double step(std::span<const std::uint32_t> rows, const std::vector<float>& latents,
              traffic::Random dropout) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::copy_n(latents.data() + rows[i] * latent_size, latent_size, z_.data() + i * latent_size);
    activate({weights_.data(), weights_.data() + latent_size * outputs_, outputs_}, z_.data(), rows.size(),
             activation_.data());
    positions_.clear();
    for (const std::uint32_t row : rows) positions_.push_back(own_[row]);
    const std::span<float> features = discriminator_.show(windows_, positions_);
    add_rows(scale_, whole_, activation_.data(), features.size(), features.data());
    const double loss = differentiate(rows.size(), std::move(dropout));
    // Otherwise the weights stay what they are, for whoever asks what went wrong.
    if (!std::isfinite(loss)) return loss;
    gradients(scale_, z_.data(), activation_.data(), rows.size(), outputs_, of_rows_.data(),
              gradient_.data());
    nadam_.step(weights_, gradient_, learning_rate_);
    return loss;
  }

  void store(Generator& generator) const {
    const auto middle = weights_.begin() + static_cast<std::ptrdiff_t>(latent_size * outputs_);
    generator.weight.assign(weights_.begin(), middle);
    generator.bias.assign(middle, weights_.end());
    generator.windows = own_.size();
  }

 private:
  /// The objective, and in of_rows_ its gradient with respect to the windows.
  double differentiate(std::size_t rows, traffic::Random dropout) {
    const std::span<const float> logits = discriminator_.ask(std::move(dropout));
    of_logits_.resize(logits.size());
    const double loss =
        bounded_cross_entropy(logits, logits.size() / rows, windows_.label[own_[0]], of_logits_);
    discriminator_.follow(of_logits_, of_rows_);
    return loss;
  }

  fingerprint::FrozenNetwork& discriminator_;
  const fingerprint::LabelledWindows& windows_;
  std::span<const std::uint32_t> own_;
  RowScale scale_;
  bool whole_;
  double learning_rate_;
  std::size_t outputs_;
  std::vector<float> weights_, gradient_;  // weight and bias one after the other
  fingerprint::Nadam nadam_;
  std::vector<std::uint32_t> positions_;                     // of one step
  std::vector<float> z_, activation_, of_logits_, of_rows_;  // of one step
};

}  // namespace

Generator fresh_generator(std::size_t slots, traffic::Random random) {
  const std::size_t outputs = slots * windows::columns;
  Generator generator;
  generator.weight.resize(latent_size * outputs);
  fingerprint::glorot_uniform(generator.weight, latent_size, outputs, random);
  generator.bias.assign(outputs, 0.0F);
  return generator;
}

double bounded_cross_entropy(std::span<const float> logits, std::size_t classes, std::size_t label,
                             std::span<float> gradient) {
  double total = 0;
  const double rows = static_cast<double>(logits.size() / classes);
  for (std::size_t begin = 0; begin < logits.size(); begin += classes) {
    const auto row = logits.subspan(begin, classes);
    const auto of_row = gradient.subspan(begin, classes);
    const float largest = *std::ranges::max_element(row);
    float sum = 0;
    for (std::size_t k = 0; k < classes; ++k) sum += of_row[k] = std::exp(row[k] - largest);
    for (float& share : of_row) share /= sum;
    const double p = of_row[label];
    const double clipped = std::clamp(p, smallest_probability, 1 - smallest_probability);
    total -= std::log(clipped);
    // d log p_label / d logit_k = [k = label] - p_k
    const float scale = p == clipped ? static_cast<float>(1 / rows) : 0.0F;
    for (std::size_t k = 0; k < classes; ++k) of_row[k] = scale * ((k == label ? 1.0F : 0.0F) - of_row[k]);
  }
  return total;
}

std::vector<float> latents_of_pass(Latents latents, std::size_t count, traffic::StreamKey key,
                                   std::uint32_t pass) {
  std::vector<float> z(count * latent_size);
  if (latents == Latents::once) {
    traffic::Random random(key.with("latent"));
    for (float& value : z) value = static_cast<float>(random.normal());
  } else {
    draw_latents(key.with("latent").with(pass).word(), 0, count, z.data());
  }
  return z;
}

void shuffle(std::vector<std::uint32_t>& order, traffic::StreamKey key, std::uint32_t pass) {
  traffic::Random random(key.with("order").with(pass));
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

Generator train_device(Generator generator, fingerprint::FrozenNetwork& discriminator,
                       const fingerprint::LabelledWindows& windows, std::span<const std::uint32_t> own,
                       const GeneratorSet& set, const GeneratorTrainingOptions& options, std::uint32_t passes,
                       traffic::StreamKey key, fingerprint::Observer& observer) {
  DeviceTrainer trainer(generator, discriminator, windows, own, set, options);
  std::vector<float> latents;
  std::vector<std::uint32_t> order(own.size());
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t pass = 1; pass <= passes; ++pass) {
    if (pass == 1 || options.latents == Latents::every_pass)
      latents = latents_of_pass(options.latents, own.size(), key, pass);
    shuffle(order, key, pass);
    double total = 0;
    for (std::size_t begin = 0; begin < order.size(); begin += options.generator_batch) {
      observer.check();
      const auto rows = std::span<const std::uint32_t>(order).subspan(
          begin, std::min<std::size_t>(options.generator_batch, order.size() - begin));
      const double loss =
          trainer.step(rows, latents, traffic::Random(key.with("dropout").with(pass).with(begin)));
      if (!std::isfinite(loss))
        throw std::runtime_error("epoch " + std::to_string(pass) + ", window " + std::to_string(begin) +
                                 ": the discriminator's cross-entropy is not a finite number");
      total += loss;
    }
    generator.last_loss = total / static_cast<double>(own.size());
    if (pass == 1) generator.first_loss = generator.last_loss;
  }
  trainer.store(generator);
  return generator;
}

}  // namespace ipet::generator
