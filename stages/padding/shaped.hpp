// A defence that is nothing but a shaper for each line.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "stages/defence/defence.hpp"

namespace ipet::defence {

template <class Made>
class Shaped final : public Defence {
 public:
  using Options = typename Made::Options;
  /// `name` is the word of its random streams.
  Shaped(std::string name, const Options& options) : name_(std::move(name)), options_(options) {}
  [[nodiscard]] bool delays() const override { return true; }
  /// Null for 0: user packets could not leave.
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override {
    if (intensity <= 0) return nullptr;
    return std::make_shared<Shaped>(name_, options_.at_intensity(intensity));
  }
  [[nodiscard]] std::unique_ptr<Shaper> shaper(const Resources& resources, const Line& line) const override {
    if constexpr (std::constructible_from<Made, const Options&>)
      return std::make_unique<Made>(options_);
    else
      return std::make_unique<Made>(options_, line.key(resources, name_));
  }

 private:
  std::string name_;
  Options options_;
};

}  // namespace ipet::defence
