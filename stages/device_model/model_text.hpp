// A model as a file, so that models can be kept, shipped and looked at: sizes, directions, protocols and
// times of packets, and nothing else of them.
//
//   device = "plug"
//   recorded = [[0, 86400]]     # s since midnight of the first day, from and until, ascending
//   times = 1                   # bursts without a timer come so many times as often as they stand here
//
//   [[timer]]                   # at most 100
//   period = 27.02              # s
//   keeps_time = true           # left out: false, and intervals are those between its bursts here
//   jitter = 0.87               # s, with keeps_time: standard deviation
//   sent = 0.98                 # with keeps_time: share of beats that are sent; left out: 1
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
