// What an eavesdropper sees of defended lines: lines are put through the defence in memory, each by itself or
// where it decides about them together all lines of a day at once, and what leaves goes straight into the
// attackers' views of each line. Defended packets are never kept.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stages/attack/attacker.hpp"
#include "stages/attack/packet_filter.hpp"
#include "stages/comparison/lines.hpp"
#include "stages/defence/group_mixer.hpp"
#include "stages/model/observer.hpp"

namespace ipet::comparison {

/// A line with one draw of the defence's random numbers.
struct Realisation {
  const WatchedLine* line = nullptr;
  std::uint32_t number = 0;  ///< of the line, for Rows::line
  std::uint64_t seed = 0;    ///< of the defence
  /// Seed of the choice of rows; none: the defence's.
  std::optional<std::uint64_t> rows_seed = std::nullopt;
};

/// A view and how many rows of a realisation it is worth to keep, chosen at random; 0: all.
struct Lens {
  const attack::View* view = nullptr;
  std::size_t most_rows = 0;
};

struct Observation {
  std::vector<attack::Rows> rows;  ///< [lens], realisations in their order
  std::vector<bool> thinned;       ///< [lens]: there were more rows
  /// [realisation], where each day is by itself; empty where defences run on.
  std::vector<defence::MixSummary> summaries;
  std::vector<std::uint64_t> packets;     ///< [realisation], that left
  std::vector<attack::Excerpt> excerpts;  ///< of the first realisations, where asked for
};

struct ObservationOptions {
  const defence::Defence* defence = nullptr;  ///< null: lines pass as they are
  std::string defence_name = {};              ///< for errors
  /// Its seed is replaced by the realisation's, which are repeats.
  defence::Resources resources;
  const attack::TrainedFilter* filter = nullptr;  ///< what an eavesdropper throws away first
  bool remove_dummies = false;                    ///< an oracle who knows them: the negative control
  std::size_t excerpt_packets = 0;  ///< of each realisation, evenly spread, flags included; 0: none
  std::size_t excerpt_realisations = ~std::size_t{0};  ///< of so many realisations, the first ones
  /// Lines over which a defence runs on from day to day, whether they are watched or not: it begins with the
  /// first one of a device, and views see what was on the line before. Empty: each day by itself.
  std::span<const WatchedLine> running_on = {};
  wireguard::TunnelOptions tunnel = {};  ///< that an eavesdropper sees the packets in
};

/// Whether a defence decides about both of these lines at once.
bool made_together(const WatchedLine& a, const WatchedLine& b, const defence::Defence* defence);

/// A line on one day, or over several without a stop between them.
using Strand = std::vector<const WatchedLine*>;  // in time order, at least one, all of one device

/// Puts lines that are made together, or one alone, through a defence, as they are without one. `name` is the
/// defence's, for errors.
std::vector<defence::MixSummary> defend(std::span<const Strand> strands, const defence::Defence* defence,
                                        const std::string& name, const defence::Resources& resources,
                                        const defence::GroupMixer::Output& output);

/// Realisations run in parallel; the result does not depend on it. Those of lines that are made together have
/// one seed.
Observation observe(std::span<const Realisation> realisations, std::span<const Lens> lenses,
                    const ObservationOptions& options, fingerprint::Observer& observer);

}  // namespace ipet::comparison
