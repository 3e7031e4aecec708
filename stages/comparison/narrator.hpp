// Tells which of many trials a computation is at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "stages/comparison/round.hpp"
#include "stages/model/observer.hpp"

namespace ipet::comparison {

/// Puts before what is reported which of many trials it is about.
class Narrator final : public fingerprint::Observer {
 public:
  Narrator(fingerprint::Observer& listener, std::size_t trials) : listener_(listener), trials_(trials) {}

  /// Between trials, when nothing runs.
  void begin(const Variant& variant) {
    ++trial_;
    name_ = variant.defence_name + (variant.kind == Variant::Kind::own ? "" : ", " + variant.title());
    place_ = std::to_string(trial_) + "/" + std::to_string(trials_) + " " + name_ + ": ";
    progress(0, "defended");
  }
  /// `fraction` is of a step whose share of the trial nobody knows.
  void progress(double, std::string_view text) override {
    listener_.progress(static_cast<double>(trial_ - 1) / static_cast<double>(trials_),
                       place_ + std::string(text));
  }
  void info(std::string_view text) override { listener_.info(name_ + ": " + std::string(text)); }
  void warn(std::string_view text) override { listener_.warn(name_ + ": " + std::string(text)); }
  void check() override { listener_.check(); }

 private:
  fingerprint::Observer& listener_;
  std::size_t trials_, trial_ = 0;
  std::string name_, place_;
};

}  // namespace ipet::comparison
