// What recordings are called and numbered when steps of the clock divide them (clock_watch.hpp).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ipet::capture {

class PartNames {
 public:
  PartNames() = default;
  /// Unique names.
  explicit PartNames(std::vector<std::string> recordings)
      : recordings_(std::move(recordings)), taken_(recordings_.begin(), recordings_.end()) {}

  [[nodiscard]] std::size_t recordings() const { return recordings_.size(); }
  /// Nothing tells beforehand how many parts the other recordings have.
  [[nodiscard]] std::uint32_t number(std::uint32_t recording, std::uint32_t part) const {
    return recording + static_cast<std::uint32_t>(recordings_.size()) * part;
  }
  /// "home.pcap", "home.pcap#2", ...
  [[nodiscard]] std::string name(std::uint32_t recording, std::uint32_t part) const {
    std::string name = recordings_.at(recording);
    if (part == 0) return name;
    do name += '#';
    while (taken_.contains(name + std::to_string(part + 1)));
    return name + std::to_string(part + 1);
  }

 private:
  std::vector<std::string> recordings_;
  std::set<std::string> taken_;
};

/// What to say of a recording whose clock stepped: `second` is the name of its second part.
inline std::string text_of_steps(bool moved, const std::string& second) {
  return std::string("what follows a step of the clock ") +
         (moved
              ? "is moved, so that time goes on (clock_steps = \"move\")"
              : "is a recording of its own ('" + second + "' ...); clock_steps = \"move\" moves it instead");
}

}  // namespace ipet::capture
