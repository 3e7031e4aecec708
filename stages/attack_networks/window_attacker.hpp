// Fingerprinting networks (lstm, gru, cnn, mlp, or a user's) on windows of a line.
#pragma once

#include "stages/attack/attacker.hpp"
#include "stages/attack/window_view.hpp"
#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/model/model_factory.hpp"

namespace ipet::attack {

struct WindowAttackerOptions {
  windows::WindowSettings windows;
  bool silence = true;  ///< false: the silence before a window is 0 in training and testing
  std::uint32_t max_epochs = 30, patience = 6, batch = 128;
  std::size_t most_rows = 4000;  ///< of a class
  std::string title;             ///< "": the model's name, and "without silence"
};

class WindowAttacker final : public Attacker {
 public:
  /// `name` is the model's. Throws std::invalid_argument naming it where it looks at aggregates.
  WindowAttacker(std::shared_ptr<const fingerprint::ModelFactory> model, const std::string& name,
                 const WindowAttackerOptions& options);

  [[nodiscard]] std::string title() const override { return title_; }
  [[nodiscard]] const View& view() const override { return view_; }
  [[nodiscard]] std::size_t most_rows() const override { return options_.most_rows; }
  /// fingerprint::train with its normalisation and schedule.
  [[nodiscard]] std::unique_ptr<const Classifier> train(const Rows& training, const Rows& validation,
                                                        std::size_t classes, std::uint64_t seed,
                                                        fingerprint::Observer& observer) const override;

 private:
  std::shared_ptr<const fingerprint::ModelFactory> model_;
  WindowView view_;
  WindowAttackerOptions options_;
  std::string title_;
};

}  // namespace ipet::attack
