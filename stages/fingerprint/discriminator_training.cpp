#include "stages/fingerprint/discriminator_training.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "pipeline/text/numbers.hpp"
#include "stages/fingerprint/fitter.hpp"
#include "stages/fingerprint/network.hpp"
#include "stages/model/learning_rate.hpp"

namespace ipet::fingerprint {
namespace {

std::string progress_text(const EpochRecord& epoch, std::uint32_t epochs) {
  return text::format("epoch %u/%u, loss %.3f, validation loss %.3f, accuracy %.3f", epoch.epoch, epochs,
                      epoch.training_loss, epoch.validation_loss, epoch.validation_accuracy);
}

/// Data sets in files, brought into memory where the shuffle buffer has room for them: training reads each
/// window many times.
class InMemory {
 public:
  InMemory(const Dataset& training, const Dataset& validation, std::size_t room) {
    training_ = bring(training, room, training_copy_);
    validation_ = bring(validation, room, validation_copy_);
  }
  [[nodiscard]] const Dataset& training() const { return *training_; }
  [[nodiscard]] const Dataset& validation() const { return *validation_; }

 private:
  static const Dataset* bring(const Dataset& data, std::size_t& room, std::optional<LabelledWindows>& copy) {
    if (data.in_memory()) return &data;
    if (data.size() > room) {
      room = 0;
      return &data;
    }
    room -= data.size();
    return &copy.emplace(data);
  }

  std::optional<LabelledWindows> training_copy_, validation_copy_;
  const Dataset *training_ = nullptr, *validation_ = nullptr;
};

Fitter fitter_for(const TrainedModel& model) {
  use_one_torch_thread();
  return Fitter(std::make_unique<Network>(model), traffic::StreamKey(0));
}

}  // namespace

TrainedModel train(std::shared_ptr<const ModelFactory> factory, const Dataset& given_training,
                   const Dataset& given_validation, std::vector<std::string> classes,
                   const DiscriminatorTrainingOptions& options, Observer& observer) {
  const InMemory brought(given_training, given_validation, options.shuffle_buffer);
  const Dataset &training = brought.training(), &validation = brought.validation();
  if (training.size() == 0) throw std::runtime_error("there are no windows to train on");
  if (validation.size() == 0)
    observer.warn("no windows to validate on: the best epoch is chosen by the training loss");
  use_one_torch_thread();
  const traffic::StreamKey key = traffic::StreamKey(options.seed).with("training");
  traffic::Random initial(key.with("initial"));
  const ModelShape shape{static_cast<std::int64_t>(training.slots),
                         static_cast<std::int64_t>(classes.size())};
  check_repeatable(*factory, shape, initial, options.model);
  auto network = std::make_unique<Network>(factory, shape, options.normalisation, initial, options.precision,
                                           options.model);
  network->normalisation().fit(training);
  Fitter fitter(std::move(network), key, options.shuffle_buffer);

  TrainedModel result;
  PlateauSchedule schedule(options.learning_rate);
  EarlyStop early(options.patience);
  for (std::uint32_t epoch = 1; epoch <= options.epochs && !early.stop(); ++epoch) {
    EpochRecord record{epoch, schedule.learning_rate(), 0, 0, 0, 0};
    const Loss seen =
        fitter.epoch(training, epoch, options.batch, record.learning_rate, "training", observer);
    const Loss unseen = validation.size() == 0 ? seen : fitter.evaluate(validation, &observer);
    record.training_loss = seen.loss;
    record.training_accuracy = seen.accuracy;
    record.validation_loss = unseen.loss;
    record.validation_accuracy = unseen.accuracy;
    result.history.push_back(record);
    if (early.end_of_epoch(unseen.loss)) {
      result.best_epoch = epoch;
      result.parameters = fitter.network().arrays();
    }
    schedule.end_of_epoch(unseen.loss);
    observer.progress(static_cast<double>(epoch) / options.epochs, progress_text(record, options.epochs));
  }
  result.factory = std::move(factory);
  result.classes = std::move(classes);
  result.slots = static_cast<std::uint32_t>(training.slots);
  result.batch = options.batch;
  result.learning_rate = options.learning_rate;
  result.normalisation = options.normalisation;
  result.training_windows = training.size();
  result.validation_windows = validation.size();
  return result;
}

std::vector<float> probabilities(const TrainedModel& model, const Dataset& windows, Observer* observer) {
  return fitter_for(model).probabilities(windows, observer);
}

std::vector<std::uint16_t> most_probable(const std::vector<float>& probabilities, std::size_t classes) {
  std::vector<std::uint16_t> named;
  named.reserve(probabilities.size() / classes);
  const auto width = static_cast<std::ptrdiff_t>(classes);
  for (auto row = probabilities.begin(); row != probabilities.end(); row += width)
    named.push_back(static_cast<std::uint16_t>(std::max_element(row, row + width) - row));
  return named;
}

std::vector<std::uint16_t> classify(const TrainedModel& model, const Dataset& windows, Observer* observer) {
  return fitter_for(model).classify(windows, observer);
}

}  // namespace ipet::fingerprint
