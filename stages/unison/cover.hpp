// Decoys and phantoms of unison: what is imitated, and from what.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/device_model/imitated_home.hpp"
#include "stages/unison/line_sets.hpp"

namespace ipet::defence {

/// What is imitated on some lines.
struct LineCover {
  device_model::ImitatedHome home;
  /// Names of ImitatedPacket::device. Whether decoys of all of them are sent is not said here.
  std::vector<std::string> devices;
  std::size_t phantoms_from = 0;  ///< devices before are those of decoys
};

/// Models of a pool, for all lines of a run.
class Cover {
 public:
  /// `traces`: null where nothing is imitated from a pool. Throws std::runtime_error where a phantom is none
  /// of its devices, or a file is none of a model.
  Cover(std::shared_ptr<const traffic::Traces> traces, const UnisonOptions& options);

  [[nodiscard]] const std::shared_ptr<const traffic::Traces>& traces() const { return traces_; }
  /// What is imitated on lines that begin at `from`.
  [[nodiscard]] LineCover on(std::span<const Line> lines, std::uint64_t seed,
                             traffic::Nanoseconds from) const;
  /// When the pool has the days that all models need.
  [[nodiscard]] traffic::Nanoseconds ready_from() const;
  [[nodiscard]] std::vector<std::string> report() const;

 private:
  struct Phantom {
    std::shared_ptr<const device_model::Repertoire> repertoire;
    traffic::Nanoseconds from = 0;  ///< not before
  };
  void find_members();
  void fit_phantoms();
  void read_phantoms();
  [[nodiscard]] std::shared_ptr<const device_model::Repertoire> events_before(std::int64_t day) const;
  [[nodiscard]] traffic::Nanoseconds resolution() const;

  UnisonOptions options_;
  std::shared_ptr<const traffic::Traces> traces_;
  std::shared_ptr<const Pool> pool_;  ///< null without traces
  std::vector<std::size_t> members_;  ///< devices of the pool that are to be protected
  std::vector<Phantom> phantoms_;
  mutable std::mutex mutex_;
  /// By the number of days of the pool before: of those days.
  mutable std::map<std::size_t, std::shared_ptr<const device_model::Repertoire>> events_;
};

}  // namespace ipet::defence
