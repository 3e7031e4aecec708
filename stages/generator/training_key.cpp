#include "pipeline/checksum/content_hash.hpp"
#include "stages/generator/checkpoints.hpp"
#include "stages/model/learning_rate.hpp"

namespace ipet::generator {
namespace {

void add(checksum::ContentHash& hash, const fingerprint::TrainedModel& model) {
  hash.add(model.model).add(model.options).add(model.classes).add(model.slots).add(model.omega);
  hash.add(text::word_of(fingerprint::normalisations, model.normalisation)).add(model.parameters.size());
  for (const fingerprint::NamedArray& array : model.parameters)
    hash.add(array.name).add(array.shape).add(array.values);
}

void add(checksum::ContentHash& hash, const GeneratorTrainingOptions& options) {
  // Bound by position: an option that comes to the struct without coming here does not compile.
  const auto& [training_stages, chains, max_packets, max_payload, generator_epochs, discriminator_epochs,
               generator_batch, discriminator_batch, generator_min_steps, discriminator_min_steps, latents,
               generator_learning_rate, discriminator_learning_rate, carry_learning_rate, generators,
               rounding, rows, minimum_size, replay, seed] = options;
  static_cast<void>(training_stages);
  static_cast<void>(chains);
  hash.add(max_packets).add(max_payload).add(generator_epochs).add(discriminator_epochs);
  hash.add(generator_batch).add(discriminator_batch);
  hash.add(generator_min_steps).add(discriminator_min_steps);
  hash.add(text::word_of(latent_words, latents));
  hash.add(generator_learning_rate).add(discriminator_learning_rate).add(carry_learning_rate);
  hash.add(text::word_of(stage_starts, generators)).add(text::word_of(roundings, rounding));
  hash.add(text::word_of(row_kinds, rows)).add(minimum_size).add(replay).add(seed);
}

}  // namespace

std::string training_key(const fingerprint::TrainedModel& discriminator,
                         const fingerprint::LabelledWindows& training,
                         const GeneratorTrainingOptions& options, const std::vector<std::string>& programme) {
  checksum::ContentHash hash;
  hash.add(programme);
  add(hash, discriminator);
  hash.add(training.slots).add(training.features).add(training.silence).add(training.label);
  add(hash, options);
  // Follows from the history, which is not hashed: validation losses matter for nothing else.
  if (options.carry_learning_rate) hash.add(fingerprint::reached_learning_rate(discriminator));
  return hash.text();
}

}  // namespace ipet::generator
