// Generator sets with known outputs, and random user traffic.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stages/defence/mixer.hpp"
#include "stages/perturbation/perturbation.hpp"

namespace ipet::defence::test {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

inline constexpr Nanoseconds millisecond = 1'000'000;

/// A generator of zero weights gives sigmoid(bias) whatever z is, so a row can be dictated.
struct SlotRow {
  double out_packets = 0, out_bytes = 0, in_packets = 0, in_bytes = 0;
};

inline generator::GeneratorSet empty_set(std::uint32_t slots, double packets, double bytes) {
  generator::GeneratorSet set;
  set.slots = slots;
  set.omega = 0.1;
  set.max_packets_per_omega = packets;
  set.max_payload_per_omega = bytes;
  set.rows = generator::RowKind::feasible;
  set.minimum_size = 1;
  return set;
}

/// Every vector of `device` has these rows, whose numbers must lie strictly inside the limits of 40 packets
/// and 4000 bytes, or be 0.
inline std::shared_ptr<Perturbations> dictated(const std::string& device, const std::vector<SlotRow>& rows,
                                               std::uint64_t seed = 20,
                                               generator::RowKind rule = generator::RowKind::feasible) {
  auto set =
      std::make_shared<generator::GeneratorSet>(empty_set(static_cast<std::uint32_t>(rows.size()), 40, 4000));
  set->rows = rule;
  generator::Generator g;
  g.weight.assign(generator::latent_size * rows.size() * 4, 0.0F);
  for (const SlotRow& row : rows)
    for (const double share :
         {row.out_packets / 40, row.out_bytes / 4000, row.in_packets / 40, row.in_bytes / 4000})
      g.bias.push_back(share > 0 ? static_cast<float>(std::log(share / (1 - share))) : -100.0F);
  g.windows = 1;
  set->devices = {device};
  set->chains = {{{{{g}, {}, 0}}}};
  auto perturbations = std::make_shared<Perturbations>();
  perturbations->generators = set;
  perturbations->seed = seed;
  return perturbations;
}

/// The same row in all 40 slots.
inline std::shared_ptr<Perturbations> fixed(const std::string& device, const SlotRow& row,
                                            std::uint64_t seed = 20) {
  return dictated(device, std::vector<SlotRow>(40, row), seed);
}

/// Random weights: two chains of two generations.
inline std::shared_ptr<Perturbations> varied(const std::vector<std::string>& devices, double packets,
                                             double bytes, std::uint64_t seed,
                                             generator::RowKind rule = generator::RowKind::feasible) {
  auto set = std::make_shared<generator::GeneratorSet>(empty_set(40, packets, bytes));
  set->rows = rule;
  set->devices = devices;
  traffic::Random random(seed);
  for (int c = 0; c < 2; ++c) {
    generator::Chain chain;
    for (int g = 0; g < 2; ++g) {
      generator::Generation generation;
      for (std::size_t d = 0; d < devices.size(); ++d) {
        generator::Generator made;
        made.windows = 1;
        for (std::size_t i = 0; i < generator::latent_size * 160; ++i)
          made.weight.push_back(static_cast<float>(random.normal()));
        for (std::size_t i = 0; i < 160; ++i) made.bias.push_back(static_cast<float>(random.normal()));
        generation.devices.push_back(std::move(made));
      }
      chain.generations.push_back(std::move(generation));
    }
    set->chains.push_back(std::move(chain));
  }
  auto perturbations = std::make_shared<Perturbations>();
  perturbations->generators = set;
  perturbations->seed = seed;
  return perturbations;
}

/// Bursts and silences from nanoseconds to minutes, equal times among them; begins at a whole second.
inline std::vector<DevicePacket> random_user(std::uint64_t seed, std::size_t count) {
  traffic::Random random(seed);
  std::vector<DevicePacket> user;
  Nanoseconds time = 1'700'000'000 * traffic::second;
  for (std::size_t i = 0; i < count; ++i) {
    user.push_back({time, static_cast<std::uint32_t>(random.below(1500)),
                    static_cast<Direction>(random.below(2)),
                    random.below(2) == 0 ? Protocol::tcp : Protocol::udp, false});
    if (random.below(4) != 0)
      time += static_cast<Nanoseconds>(std::exp(random.uniform(0, std::log(3e10))));
    else if (random.below(2) == 0)
      time += 5 * millisecond * static_cast<Nanoseconds>(random.below(4));  // on the sub-ticks
  }
  return user;
}

/// Begins of the active periods of a device's packets (ticks.hpp).
inline std::vector<Nanoseconds> active_periods(const std::vector<DevicePacket>& user, Nanoseconds active) {
  std::vector<Nanoseconds> begins;
  for (std::size_t i = 0; i < user.size(); ++i)
    if (i == 0 || user[i].time - user[i - 1].time >= active) begins.push_back(user[i].time);
  return begins;
}

/// Of the mixer and of the defence perturbation.
struct MixOptions : MixerOptions, PerturbationOptions {};

inline MixOptions ticks(bool published_defects = false) {
  MixOptions options;
  options.schedule = ScheduleKind::ticks;
  options.published_defects = published_defects;
  return options;
}

struct Mixed {
  std::vector<DevicePacket> packets;
  std::vector<std::size_t> batches;
  MixSummary summary;

  [[nodiscard]] std::vector<DevicePacket> only(bool dummy) const {
    std::vector<DevicePacket> kept;
    for (const DevicePacket& packet : packets)
      if (packet.dummy == dummy) kept.push_back(packet);
    return kept;
  }
};

/// What the defence of generators is given.
inline Resources given(const std::shared_ptr<const Perturbations>& perturbations, std::uint64_t seed) {
  return Resources(seed).give("perturbations", perturbations);
}

/// Mixes in messages of the given size (0: one message).
inline Mixed mix(const std::shared_ptr<Perturbations>& perturbations, const std::string& device,
                 const std::vector<DevicePacket>& user, std::size_t message = 0,
                 const MixOptions& options = {}, std::uint32_t capture = 0) {
  const Perturbation defence(options);
  const Resources resources = given(perturbations, perturbations->seed);
  Mixer mixer(defence, resources, {device, capture}, options);
  Mixed mixed;
  const std::size_t step = message == 0 ? user.size() : message;
  const Mixer::Output take = [&](std::vector<DevicePacket>&& batch) {
    mixed.batches.push_back(batch.size());
    mixed.packets.insert(mixed.packets.end(), batch.begin(), batch.end());
  };
  for (std::size_t at = 0; at < user.size(); at += step)
    mixer.mix(std::span(user).subspan(at, std::min(step, user.size() - at)), take);
  mixer.finish(take);
  mixed.summary = mixer.summary();
  return mixed;
}

}  // namespace ipet::defence::test
