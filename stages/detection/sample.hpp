// What eavesdroppers see of defended copies of a game's lines, with the truth beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/comparison/observation.hpp"
#include "stages/comparison/round.hpp"
#include "stages/detection/detection.hpp"

namespace ipet::detection {

/// What all parts of a game with one origin work on.
struct Setting {
  const Game& game;
  const comparison::ComparisonInputs& inputs;  ///< attackers that are acquainted with the devices
  const DetectionOptions& options;
  const comparison::Lines& lines;  ///< of devices, with the roles that they have for this origin
  std::uint32_t origin = 0;
  const defence::Resources& resources;
  fingerprint::Observer& observer;
  std::vector<std::string>& notes;
};

/// Rows of some copies, one after the other.
struct Sample {
  std::vector<attack::Rows> rows;                       ///< [view]
  std::vector<std::vector<std::vector<Answer>>> truth;  ///< [view][target][row]
  std::vector<comparison::WatchedLine> lines;           ///< by Rows::line; their packets are gone
  std::vector<defence::MixSummary> summaries;           ///< as Observation::summaries
  std::vector<attack::Excerpt> excerpts;                ///< of the first copy, where asked for

  void append(Sample&& next);
};

/// How copies are looked at.
struct Look {
  const comparison::Variant& variant;
  comparison::Role role = comparison::Role::training;
  std::span<const attack::View* const> views;
  const attack::TrainedFilter* filter = nullptr;
  bool excerpts = false;
  bool by_day = false;  ///< even where defences run on from day to day
};

/// One copy: the same for all variants of one number, but for what the defence does.
Sample look_at(const Setting& at, const Look& look, std::uint32_t copy);
/// The first copies, made in parallel.
Sample look_at_all(const Setting& at, const Look& look, std::uint32_t copies);

}  // namespace ipet::detection
