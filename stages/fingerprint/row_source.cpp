#include "stages/fingerprint/row_source.hpp"

#include <stdexcept>

#include "stages/fingerprint/table_training.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::fingerprint {
namespace {

std::string seconds(double value) {
  return traffic::number_text(value) + " s";
}

std::string slots(std::uint32_t count, double omega) {
  return std::to_string(count) + " slots of " + seconds(omega);
}

void check_windows(const windows::WindowSet& windows, const TrainedModel& model, const std::string& what) {
  if (model.slots == 0)
    throw std::runtime_error("the discriminator was trained on aggregates, not on " + what + " windows");
  // Without any window, nothing is known of their slots, and nothing will be scored.
  if (windows.size() > 0 && (windows.slots != model.slots || windows.omega != model.omega))
    throw std::runtime_error("the " + what + " windows have " + slots(windows.slots, windows.omega) +
                             ", the discriminator was trained on " + slots(model.slots, model.omega));
}

void check_aggregates(const windows::AggregateSet& aggregates, const TrainedModel& model,
                      const std::string& what) {
  if (model.slots != 0)
    throw std::runtime_error("the discriminator was trained on windows, not on " + what + " aggregates");
  // Without any row, nothing is known of their length, and nothing will be scored.
  if (aggregates.size() > 0 && aggregates.bin != model.omega)
    throw std::runtime_error("the " + what + " aggregates span " + seconds(aggregates.bin) +
                             ", those that the discriminator was trained on " + seconds(model.omega));
}

}  // namespace

const std::vector<std::uint16_t>& labels_of(const Rows& rows) {
  return std::visit([](const auto& some) -> const std::vector<std::uint16_t>& { return some.label; }, rows);
}

const windows::RowSet& RowSource::labels() const {
  return std::visit([](const auto* set) -> const windows::RowSet& { return *set; }, set_);
}

double RowSource::omega() const {
  if (const auto* windows = std::get_if<const windows::WindowSet*>(&set_)) return (*windows)->omega;
  return std::get<const windows::AggregateSet*>(set_)->bin;
}

Rows RowSource::gather(const std::vector<std::size_t>& chosen, const std::vector<std::string>& classes,
                       std::size_t& unknown) const {
  if (const auto* windows = std::get_if<const windows::WindowSet*>(&set_))
    return choose(**windows, chosen, classes, unknown);
  return fingerprint::gather(*std::get<const windows::AggregateSet*>(set_), chosen, classes, unknown);
}

void RowSource::check(const TrainedModel& model, const std::string& what) const {
  if (const auto* windows = std::get_if<const windows::WindowSet*>(&set_))
    check_windows(**windows, model, what);
  else
    check_aggregates(*std::get<const windows::AggregateSet*>(set_), model, what);
}

TrainedModel train(std::shared_ptr<const ModelFactory> factory, const Rows& training, const Rows& validation,
                   std::vector<std::string> classes, const DiscriminatorTrainingOptions& options,
                   Observer& observer) {
  if (const auto* windows = std::get_if<ChosenWindows>(&training))
    return train(std::move(factory), *windows, std::get<ChosenWindows>(validation), std::move(classes),
                 options, observer);
  return train(std::move(factory), std::get<FeatureTable>(training), std::get<FeatureTable>(validation),
               std::move(classes), options.seed, observer);
}

std::vector<std::uint16_t> classify(const TrainedModel& model, const Rows& rows, Observer* observer) {
  if (observer != nullptr) observer->check();
  if (const auto* windows = std::get_if<ChosenWindows>(&rows)) return classify(model, *windows, observer);
  return classify(model, std::get<FeatureTable>(rows));
}

std::vector<float> probabilities(const TrainedModel& model, const Rows& rows, Observer* observer) {
  if (observer != nullptr) observer->check();
  if (const auto* windows = std::get_if<ChosenWindows>(&rows))
    return probabilities(model, *windows, observer);
  return probabilities(model, std::get<FeatureTable>(rows));
}

}  // namespace ipet::fingerprint
