#include "stages/attack/table_attacker.hpp"

#include <stdexcept>
#include <utility>

namespace ipet::attack {
namespace {

using fingerprint::NamedArray;

fingerprint::FeatureTable table_of(const Rows& rows, const std::vector<std::string>& columns) {
  if (rows.size() > 0 && rows.width != columns.size())
    throw std::logic_error("rows of " + std::to_string(rows.width) + " numbers instead of " +
                           std::to_string(columns.size()));
  return {columns, rows.values, rows.label};
}

class TableClassifier final : public Classifier {
 public:
  TableClassifier(std::shared_ptr<const fingerprint::ModelFactory> model, std::vector<NamedArray> parameters,
                  std::vector<std::string> columns, std::size_t classes)
      : model_(std::move(model)),
        parameters_(std::move(parameters)),
        columns_(std::move(columns)),
        classes_(classes) {}

  [[nodiscard]] std::vector<float> probabilities(const Rows& rows) const override {
    return model_->table_model()->probabilities(parameters_, table_of(rows, columns_), classes_);
  }

 private:
  std::shared_ptr<const fingerprint::ModelFactory> model_;
  std::vector<NamedArray> parameters_;
  std::vector<std::string> columns_;
  std::size_t classes_;
};

}  // namespace

TableAttacker::TableAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                             std::shared_ptr<const View> view, const TableAttackerOptions& options,
                             const std::string& title)
    : model_(std::move(model)),
      view_(std::move(view)),
      most_rows_(options.most_rows),
      title_(options.title.empty() ? title + " " + minutes_text(options.minutes) + " min" : options.title) {
  if (model_ == nullptr || model_->table_model() == nullptr)
    throw std::invalid_argument("model '" + name + "' looks at windows, not at aggregates");
}

TableAttacker::TableAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                             const Learn& learn, const TableAttackerOptions& options,
                             const std::string& title)
    : TableAttacker(std::move(model), name, learn({}, 0), options, title) {
  learn_ = learn;
}

std::shared_ptr<const Attacker> TableAttacker::acquainted(std::span<const CleanRecording> recordings,
                                                          std::size_t classes) const {
  if (!learn_) return nullptr;
  auto learned = std::make_shared<TableAttacker>(*this);
  learned->view_ = learn_(recordings, classes);
  return learned;
}

std::unique_ptr<const Classifier> TableAttacker::train(const Rows& training, const Rows& validation,
                                                       std::size_t classes, std::uint64_t seed,
                                                       fingerprint::Observer& observer) const {
  return fit(view_->columns(), training, validation, classes, seed, observer);
}

std::unique_ptr<const Classifier> TableAttacker::fit(std::vector<std::string> columns, const Rows& training,
                                                     const Rows& validation, std::size_t classes,
                                                     std::uint64_t seed,
                                                     fingerprint::Observer& observer) const {
  if (training.size() == 0) throw std::runtime_error("attacker '" + title_ + "' has no rows to train on");
  std::vector<fingerprint::EpochRecord> history;
  std::vector<NamedArray> parameters = model_->table_model()->fit(
      table_of(training, columns), table_of(validation, columns), classes, seed, history, observer);
  return std::make_unique<TableClassifier>(model_, std::move(parameters), std::move(columns), classes);
}

}  // namespace ipet::attack
