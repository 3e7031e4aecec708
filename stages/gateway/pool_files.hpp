// The rolling pool on disk: a capture per day (PoolFrames), which pcap_reader and device_splitter read as
// they read any other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "stages/gateway/event_log.hpp"
#include "stages/gateway/pool_frames.hpp"

namespace ipet::gateway {

struct PoolSettings {
  std::filesystem::path folder;
  std::uint64_t most_bytes = std::uint64_t{1} << 30;
  std::size_t most_days = 14;   ///< at least 1
  double day_offset_hours = 0;  ///< as traffic::day_of has it
};

/// Files are called 2026-12-01.pcap, after their day; others in the folder are left alone. Where there are
/// too many days or bytes, the oldest day goes, but never that of what is being written. What cannot be
/// written (full disk, a day of more than most_bytes) is left out and counted, and tried again a minute
/// later. Not for several threads at a time.
class PoolFiles {
 public:
  /// kind "pool", a reason, a sentence.
  using Say = std::function<void(Severity, std::string_view reason, const std::string& text)>;
  /// Times before (2020) are of a clock that was never set: not recorded.
  static constexpr traffic::Nanoseconds earliest = 1'577'836'800 * traffic::second;

  /// Makes the folder, and reads what is there: files that a crash has cut are cut to their last whole
  /// record. Throws std::runtime_error that begins with "pool: " and the place, where the folder cannot be
  /// used, another process has it, or a file of such a name is not of a pool.
  PoolFiles(PoolSettings settings, const traffic::DeviceFile& devices, Say say);
  PoolFiles(const PoolFiles&) = delete;
  PoolFiles& operator=(const PoolFiles&) = delete;
  ~PoolFiles();

  /// Writes records, whose times need not ascend. `now`: of a clock that does not jump.
  void append(std::span<const PoolRecord> records, traffic::Nanoseconds now);

  [[nodiscard]] std::size_t days() const { return days_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Records that were not written.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  /// Days before that of `time` on which each device of the file said something.
  [[nodiscard]] std::vector<std::size_t> past_days(traffic::Nanoseconds time) const;

 private:
  struct Day {
    std::uint64_t bytes = 0;
    std::vector<bool> speaks;  ///< by device
  };
  using Days = std::map<std::int64_t, Day>;

  [[nodiscard]] std::int64_t day_of(traffic::Nanoseconds time) const;
  [[nodiscard]] std::filesystem::path file_of(std::int64_t day) const;
  void lock_folder();
  void read_days();
  void read_day(std::int64_t day, const std::filesystem::path& file);
  void append_to_day(std::int64_t day, std::span<const PoolRecord> records, traffic::Nanoseconds now);
  bool make_room(std::int64_t today, std::uint64_t more);
  bool remove_oldest(std::int64_t today);
  void open_day(std::int64_t day);
  void close_day();
  int write(std::int64_t day, const std::string& bytes);
  void stop(traffic::Nanoseconds now, const std::string& why, std::size_t records);
  void lose(std::size_t records) { lost_ += records; }

  PoolSettings settings_;
  PoolFrames frames_;
  std::size_t devices_;
  Say say_;
  Days days_;
  std::uint64_t bytes_ = 0, lost_ = 0, lost_at_stop_ = 0;
  bool stopped_ = false;
  traffic::Nanoseconds try_again_ = 0;
  std::int64_t open_day_ = 0;
  int open_ = -1, lock_ = -1;
  std::string buffer_;
};

/// Files of days in a pool's folder, by traffic::day_of. Throws std::runtime_error, "pool: ...", where one is
/// not of a pool, or the folder cannot be read; of a folder that is not there, none.
std::map<std::int64_t, std::filesystem::path> days_in(const std::filesystem::path& folder);

}  // namespace ipet::gateway
