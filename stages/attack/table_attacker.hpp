// Table models (forest, gradient boosting) on rows of some minutes of a line, whatever view makes these.
#pragma once

#include <functional>

#include "stages/attack/attacker.hpp"
#include "stages/attack/bins.hpp"
#include "stages/model/table_model.hpp"

namespace ipet::attack {

struct TableAttackerOptions {
  double minutes = 15;
  std::size_t most_rows = 0;  ///< of a class; 0: all
  std::string title;          ///< "": the attacker's own
};

class TableAttacker : public Attacker {
 public:
  static constexpr bool needs_all_rows = false;  ///< of lines that are watched together
  /// The view of whoever knows undefended traffic of each device.
  using Learn =
      std::function<std::shared_ptr<const View>(std::span<const CleanRecording>, std::size_t classes)>;

  /// `name` is the model's; "TITLE 15 min" is the attacker's where the options have none. Throws
  /// std::invalid_argument naming the model where it is no table model.
  TableAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                std::shared_ptr<const View> view, const TableAttackerOptions& options,
                const std::string& title);
  /// Until it is acquainted with devices it sees what it learns from nothing.
  TableAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                const Learn& learn, const TableAttackerOptions& options, const std::string& title);

  [[nodiscard]] std::shared_ptr<const Attacker> acquainted(std::span<const CleanRecording> recordings,
                                                           std::size_t classes) const override;
  [[nodiscard]] std::string title() const override { return title_; }
  [[nodiscard]] const View& view() const override { return *view_; }
  [[nodiscard]] std::size_t most_rows() const override { return most_rows_; }
  [[nodiscard]] std::unique_ptr<const Classifier> train(const Rows& training, const Rows& validation,
                                                        std::size_t classes, std::uint64_t seed,
                                                        fingerprint::Observer& observer) const override;

 protected:
  /// Trains on rows with columns of these names, whatever the view's are.
  [[nodiscard]] std::unique_ptr<const Classifier> fit(std::vector<std::string> columns, const Rows& training,
                                                      const Rows& validation, std::size_t classes,
                                                      std::uint64_t seed,
                                                      fingerprint::Observer& observer) const;

 private:
  std::shared_ptr<const fingerprint::ModelFactory> model_;
  std::shared_ptr<const View> view_;
  std::size_t most_rows_;
  std::string title_;
  Learn learn_;
};

}  // namespace ipet::attack
