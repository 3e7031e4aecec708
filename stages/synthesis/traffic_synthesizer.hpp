// Makes recordings of a modelled home: one pcap per recording, and the devices.toml that goes with them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/files/publish.hpp"
#include "stages/synthesis/modelled_home.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::synthesis {

struct TrafficSynthesizerOptions {
  std::uint32_t captures = 6;
  std::chrono::nanoseconds duration = std::chrono::minutes(20);
  /// Between the begins of two recordings; the duration where that is longer.
  std::chrono::nanoseconds interval = std::chrono::hours(1);
  traffic::Nanoseconds start = 0;  ///< of the first recording
  std::uint64_t seed = 20;
  std::filesystem::path folder;  ///< made when missing
  std::uint32_t snaplen = 96;    ///< bytes kept of each packet; 0: all. Lengths in the headers stay true
};

struct SynthesisResult {
  std::vector<std::filesystem::path> files;  ///< in time order
  std::filesystem::path devices;
  std::uint64_t packets = 0;
};

/// Told now and then how much is done, 0 .. 1, and the recording's name; may throw to stop.
using SynthesisProgress = std::function<void(double fraction, std::string_view text)>;

/// The files that synthesise makes, in the order of their recordings; the last is devices.toml.
std::vector<std::filesystem::path> synthesised_files(const TrafficSynthesizerOptions& options);

/// Writes recording-1.pcap ... and devices.toml, and gives them to `publish` when all are complete. The same
/// home, options and seed give the same bytes; memory depends on the home, not on the duration.
/// Throws std::runtime_error naming the file that cannot be written.
SynthesisResult synthesise(const Home& home, const TrafficSynthesizerOptions& options,
                           const SynthesisProgress& progress,
                           const storage::Publisher& publish = storage::publish_at_once);

/// "2026-03-02T16:00:00Z" (UTC); null when the text is anything else.
std::optional<traffic::Nanoseconds> parse_time(const std::string& text);

}  // namespace ipet::synthesis
