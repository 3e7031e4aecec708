#include "stages/gan/discriminator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ipet::gan {

Discriminator::Discriminator(const Alphabet& alphabet, traffic::Random& random)
    : kinds_count_(alphabet.kinds()),
      gaps_count_(alphabet.gaps()),
      kinds_(kinds_count_ + 1, embedded, 0.5, random),
      gaps_(gaps_count_ + 1, embedded, 0.5, random),
      convolution_(reach * embedded, features, random),
      to_hidden_(features, hidden, random),
      to_logit_(hidden, 1, random) {}

Discriminator::Pass Discriminator::look(std::span<const Symbol> stretch) const {
  Pass pass;
  pass.stretch = stretch;
  pass.embedding.assign((reach - 1 + stretch.size()) * embedded, 0);
  pass.feature.resize(stretch.size() * features);
  pass.mean.assign(features, 0);
  for (std::size_t t = 0; t < stretch.size(); ++t) {
    float* embedding = pass.embedding.data() + (reach - 1 + t) * embedded;
    kinds_.add(stretch[t].kind, embedding);
    gaps_.add(stretch[t].gap, embedding);
    convolution_.apply(pass.embedding.data() + t * embedded, pass.feature.data() + t * features);
  }
  rectify(pass.feature);
  const float share = 1 / static_cast<float>(stretch.size());
  for (std::size_t i = 0; i < pass.feature.size(); ++i) pass.mean[i % features] += share * pass.feature[i];
  pass.last.resize(hidden);
  to_hidden_.apply(pass.mean.data(), pass.last.data());
  rectify(pass.last);
  to_logit_.apply(pass.last.data(), &pass.logit);
  return pass;
}

double Discriminator::probability(const Pass& pass) {
  return 1 / (1 + std::exp(-static_cast<double>(pass.logit)));
}

std::vector<float> Discriminator::learn(const Pass& pass, float of_logit) {
  std::vector<float> of_last(hidden), of_mean(features);
  to_logit_.learn(pass.last.data(), &of_logit, of_last.data());
  unrectify(pass.last, of_last);
  to_hidden_.learn(pass.mean.data(), of_last.data(), of_mean.data());
  std::vector<float> of_feature(pass.feature.size());
  const float share = 1 / static_cast<float>(pass.stretch.size());
  for (std::size_t i = 0; i < of_feature.size(); ++i) of_feature[i] = share * of_mean[i % features];
  unrectify(pass.feature, of_feature);
  std::vector<float> of_embedding(pass.embedding.size());
  for (std::size_t t = 0; t < pass.stretch.size(); ++t)
    convolution_.learn(pass.embedding.data() + t * embedded, of_feature.data() + t * features,
                       of_embedding.data() + t * embedded);
  of_embedding.erase(of_embedding.begin(), of_embedding.begin() + (reach - 1) * embedded);
  for (std::size_t t = 0; t < pass.stretch.size(); ++t) {
    kinds_.learn(pass.stretch[t].kind, of_embedding.data() + t * embedded);
    gaps_.learn(pass.stretch[t].gap, of_embedding.data() + t * embedded);
  }
  return of_embedding;
}

void Discriminator::value_of_symbols(const float* of_embedding, std::vector<float>& kinds,
                                     std::vector<float>& gaps) const {
  kinds.resize(kinds_count_);
  gaps.resize(gaps_count_);
  for (std::size_t i = 0; i < kinds.size(); ++i)
    kinds[i] = std::inner_product(of_embedding, of_embedding + embedded, kinds_.row(i), 0.0F);
  for (std::size_t i = 0; i < gaps.size(); ++i)
    gaps[i] = std::inner_product(of_embedding, of_embedding + embedded, gaps_.row(i), 0.0F);
}

std::vector<Weights*> Discriminator::weights() {
  std::vector<Weights*> all = {&kinds_.weights, &gaps_.weights};
  for (Dense* layer : {&convolution_, &to_hidden_, &to_logit_}) {
    all.push_back(&layer->weights);
    all.push_back(&layer->bias);
  }
  return all;
}

void Discriminator::update(double rate, double scale) {
  for (Weights* each : weights()) each->step(rate, scale);
}

void Discriminator::forget_gradients() {
  for (Weights* each : weights()) std::ranges::fill(each->gradient, 0.0F);
}

}  // namespace ipet::gan
