// Aggregate features: what some minutes of a device's traffic look like (M_agg of stages/windows/README.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stages/traffic/packet.hpp"
#include "stages/windows/row_set.hpp"

namespace ipet::windows {

/// {out, in} x {tcp, udp} x {packets, mean, minimum and maximum size, seconds between first and last packet}.
/// All 0 where a direction and protocol has no packet in the bin.
inline constexpr std::size_t aggregate_columns = 20;
inline constexpr const char* aggregate_names[aggregate_columns] = {
    "out_tcp_packets", "out_tcp_mean_size", "out_tcp_min_size", "out_tcp_max_size", "out_tcp_seconds",
    "out_udp_packets", "out_udp_mean_size", "out_udp_min_size", "out_udp_max_size", "out_udp_seconds",
    "in_tcp_packets",  "in_tcp_mean_size",  "in_tcp_min_size",  "in_tcp_max_size",  "in_tcp_seconds",
    "in_udp_packets",  "in_udp_mean_size",  "in_udp_min_size",  "in_udp_max_size",  "in_udp_seconds"};

/// Consecutive bins of one device in one capture; bins without a packet make no row. Key:
/// traffic::device_key(capture, device). How bins lie in time: aggregator.hpp.
struct AggregateBatch {
  static constexpr std::string_view type_name = "aggregate_batch";
  static constexpr int type_version = 1;

  std::uint32_t capture = 0;
  std::shared_ptr<const std::string> capture_name;
  std::shared_ptr<const std::string> device;
  std::shared_ptr<const std::vector<std::string>> declared_devices;  ///< null when devices are discovered
  bool defended = false;                    ///< from traffic that went through a mixer
  double bin = 0;                           ///< seconds per bin
  std::vector<float> features;              ///< [row, aggregate column]
  std::vector<traffic::Nanoseconds> start;  ///< [row], begin of the bin

  [[nodiscard]] std::size_t byte_size() const {
    return sizeof *this + features.capacity() * sizeof(float) +
           start.capacity() * sizeof(traffic::Nanoseconds);
  }
  [[nodiscard]] std::size_t item_count() const { return start.size(); }
};

/// All aggregates of a run, sorted by capture, device, time.
struct AggregateSet : RowSet {
  static constexpr std::string_view type_name = "aggregate_set";
  static constexpr int type_version = 1;
  using Element = AggregateBatch;

  AggregateSet() : RowSet("aggregates") {}

  double bin = 0;               ///< seconds per row
  std::vector<float> features;  ///< [row, aggregate column]

  [[nodiscard]] const float* row(std::size_t i) const { return features.data() + i * aggregate_columns; }

  /// Throws std::runtime_error when the bins are not as long as those that are already here.
  void add(const AggregateBatch& batch);
  void merge(AggregateSet&& other);
  /// Fixes the order of `devices` and renumbers; call once, last.
  void finish();

  [[nodiscard]] std::size_t byte_size() const;
  [[nodiscard]] std::size_t item_count() const { return size(); }
};

}  // namespace ipet::windows
