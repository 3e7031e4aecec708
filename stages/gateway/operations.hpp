// What goes on around an end of protected lines while it is at work: events, counters, the pool, signs of
// life.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/defence/topology.hpp"
#include "stages/gateway/address_book.hpp"
#include "stages/gateway/counters_page.hpp"
#include "stages/gateway/end.hpp"
#include "stages/gateway/event_log.hpp"
#include "stages/gateway/metrics_server.hpp"
#include "stages/gateway/pool_recorder.hpp"
#include "stages/gateway/wall_clock.hpp"

namespace ipet::gateway {

struct OperationOptions {
  std::string metrics;  ///< MetricsAddress; "": none
  std::string user;     ///< as begin_anew_as has it
  /// Where live traffic is recorded; "": nowhere.
  std::filesystem::path pool;
  std::uint64_t pool_bytes = std::uint64_t{1} << 30;
  std::size_t pool_days = 14;
  std::size_t pool_needed_days = 1;  ///< past days that a device needs to be protected
  double day_offset_hours = 0;

  /// The option that is wrong, and why; no reason where all are right.
  [[nodiscard]] std::pair<std::string, std::string> fault() const;
};

/// Events of an end as its log wants them.
Report reports_to(EventLog& events);

/// The recorder of these options; null where nothing is to be recorded. Throws as PoolFiles does.
std::unique_ptr<PoolRecorder> make_recorder(const OperationOptions& options,
                                            const traffic::DeviceFile& devices, EventLog& events);

/// The time of day.
traffic::Nanoseconds wall_now();

struct PoolInUse {
  PoolRecorder* recorder = nullptr;  ///< null where nothing is recorded
  bool suffices = true;              ///< DefenceOfToday::suffices
};

class Operations {
 public:
  /// A line that changes once a second while the loop runs.
  using Alive = std::function<void(const std::string&)>;

  /// Takes the hooks of `end`, which lives longer, as `events` and the recorder do; `devices` as the end has
  /// them. Throws std::runtime_error where the counters cannot be
  /// shown.
  Operations(const OperationOptions& options, const traffic::DeviceFile& devices, defence::Topology topology,
             End& end, EventLog& events, const PoolInUse& pool, Alive alive);
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;
  ~Operations();

 private:
  void record(std::size_t line, const traffic::IpAddress& local, const traffic::DevicePacket& packet);
  std::optional<std::size_t> device_of(std::size_t line, const traffic::IpAddress& local);
  void every_second();
  void look_at_clock(traffic::Nanoseconds now);
  void look_at_pool(traffic::Nanoseconds now);

  OperationOptions options_;
  std::vector<std::string> names_;        ///< of protected devices
  std::vector<std::uint32_t> numbers_;    ///< theirs in the devices file
  std::optional<AddressBook> addresses_;  ///< where one line carries all devices
  traffic::Nanoseconds neighbours_asked_ = 0;
  End& end_;
  EventLog& events_;
  Alive alive_;
  traffic::Nanoseconds begin_;
  WallClock wall_;
  PoolInUse pool_;
  PoolRecorder::Facts facts_;
  std::optional<std::vector<std::size_t>> short_;  ///< protected devices with too few days, as last said
  CountersPage page_;
  std::unique_ptr<MetricsServer> server_;
};

}  // namespace ipet::gateway
