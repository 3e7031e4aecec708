// A model as a file, so that models can be kept, shipped and looked at: sizes, directions, protocols and
// times of packets, and nothing else of them.
//
//   device = "plug"
//   recorded = [[0, 86400]]     # s since midnight of the first day, from and until, ascending
//   times = 1                   # bursts without a timer come so many times as often as they stand here
//
//   [[timer]]                   # at most 16
//   period = 27.02              # s; jitter and walk, too: standard deviations
//   jitter = 0.87
//   walk = 0
//   lasts = 0.99                # probability that a beat follows after the period, and not after a break
//   breaks = [54.3, 81.1]       # s; at most 1,000
//
//   [[burst]]                   # at most 100,000, in time order
//   at = 12.345678              # s since midnight of the first day
//   timer = 0                   # which one sent it, counted from 0; left out: none
//   event = true                # left out: false
//   packets = "0>t90 4200<t60"  # microseconds since the packet before, > out or < in, t (TCP) or u (UDP),
//   and
//                               # bytes of payload, at most 16,000,000
#pragma once

#include <filesystem>
#include <string>

#include "stages/device_model/device_model.hpp"

namespace ipet::device_model {

inline constexpr std::size_t largest_model = std::size_t{4} << 20;  ///< bytes of a file

/// Times to the microsecond, rounded.
std::string text_of(const DeviceModel& model);

/// Throws std::runtime_error "file:line:column: error[model-file]: what is wrong" with the quoted line, for
/// the first thing that is wrong.
DeviceModel read_model(const std::filesystem::path& file);

}  // namespace ipet::device_model
