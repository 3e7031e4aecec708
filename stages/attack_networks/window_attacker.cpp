#include "stages/attack_networks/window_attacker.hpp"

#include <stdexcept>
#include <utility>

namespace ipet::attack {
namespace {

fingerprint::LabelledWindows windows_of(const Rows& rows, std::size_t slots, bool silence) {
  fingerprint::LabelledWindows windows;
  windows.slots = slots;
  const std::size_t size = windows.row_size();
  if (rows.size() > 0 && rows.width != size + 1)
    throw std::logic_error("rows of " + std::to_string(rows.width) + " numbers instead of " +
                           std::to_string(size + 1));
  windows.features.reserve(rows.size() * size);
  for (std::size_t i = 0; i < rows.size(); ++i)
    windows.append(rows.row(i), silence ? rows.row(i)[size] : 0.0F, rows.label[i]);
  return windows;
}

class WindowClassifier final : public Classifier {
 public:
  WindowClassifier(fingerprint::TrainedModel model, bool silence)
      : model_(std::move(model)), silence_(silence) {}
  [[nodiscard]] std::vector<float> probabilities(const Rows& rows) const override {
    if (rows.size() == 0) return {};
    return fingerprint::probabilities(model_, windows_of(rows, model_.slots, silence_));
  }

 private:
  fingerprint::TrainedModel model_;
  bool silence_;
};

}  // namespace

WindowAttacker::WindowAttacker(std::shared_ptr<const fingerprint::ModelFactory> model,
                               const std::string& name, const WindowAttackerOptions& options)
    : model_(std::move(model)), view_(options.windows), options_(options), title_(options.title) {
  if (model_ == nullptr || model_->input() != fingerprint::ModelInput::windows ||
      model_->table_model() != nullptr)
    throw std::invalid_argument("model '" + name + "' looks at aggregates, not at windows");
  if (title_.empty()) title_ = name + (options_.silence ? "" : " without silence");
}

std::unique_ptr<const Classifier> WindowAttacker::train(const Rows& training, const Rows& validation,
                                                        std::size_t classes, std::uint64_t seed,
                                                        fingerprint::Observer& observer) const {
  if (training.size() == 0) throw std::runtime_error("attacker '" + title_ + "' has no rows to train on");
  const std::size_t slots = view_.settings().slots();
  std::vector<std::string> names;
  for (std::size_t c = 0; c < classes; ++c) names.push_back(std::to_string(c));
  fingerprint::DiscriminatorTrainingOptions options;
  options.epochs = options_.max_epochs;
  options.patience = options_.patience;
  options.batch = options_.batch;
  options.seed = seed;
  options.model = title_;
  fingerprint::TrainedModel model = fingerprint::train(model_, windows_of(training, slots, options_.silence),
                                                       windows_of(validation, slots, options_.silence),
                                                       std::move(names), options, observer);
  return std::make_unique<WindowClassifier>(std::move(model), options_.silence);
}

}  // namespace ipet::attack
