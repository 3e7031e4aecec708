#include "stages/gateway/pool_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "pipeline/text/lists.hpp"
#include "stages/capture/decode.hpp"
#include "stages/capture/frame.hpp"
#include "stages/files/raw_io.hpp"
#include "stages/traffic/day.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::gateway {

namespace fs = std::filesystem;
using traffic::Nanoseconds;

namespace {

constexpr Nanoseconds retry_after = 60 * traffic::second;
/// Records before and after these fit no pcap file, or come from a clock that was never set.
constexpr Nanoseconds latest = Nanoseconds{4'294'967'295} * traffic::second;
constexpr std::size_t write_size = std::size_t{64} << 10;

std::string message_of(int error) {
  return std::generic_category().message(error);
}

std::runtime_error pool_error(const fs::path& place, const std::string& why) {
  return std::runtime_error("pool: " + place.string() + ": " + why);
}

/// The day of a name such as "2026-12-01.pcap", in days since the epoch.
std::optional<std::int64_t> day_of_name(const std::string& name) {
  int year = 0;
  unsigned month = 0, day = 0;
  const auto number = [&](std::size_t at, std::size_t size, auto& value) {
    const char* const end = name.data() + at + size;
    return std::from_chars(name.data() + at, end, value).ptr == end;
  };
  if (name.size() != 15 || !name.ends_with(".pcap") || name[4] != '-' || name[7] != '-') return std::nullopt;
  if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// False for a file that was cut within its header; throws for one that is not of a pool.
bool has_header(const fs::path& file) {
  const std::string wanted = PoolFrames::file_header();
  std::string found(wanted.size(), '\0');
  int error = 0;
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw pool_error(file, "cannot read: " + message_of(errno));
  found.resize(storage::read_at(descriptor, 0, found.data(), found.size(), error));
  ::close(descriptor);
  if (error != 0) throw pool_error(file, "cannot read: " + message_of(error));
  if (!wanted.starts_with(found))
    throw pool_error(file, "was not written by a gateway; move it elsewhere, or name another folder");
  return found == wanted;
}

}  // namespace

PoolFiles::PoolFiles(PoolSettings settings, const traffic::DeviceFile& devices, Say say)
    : settings_(std::move(settings)),
      frames_(devices),
      devices_(devices.devices.size()),
      say_(std::move(say)) {
  std::error_code error;
  fs::create_directories(settings_.folder, error);
  if (error)
    throw pool_error(settings_.folder, "cannot make the folder: " + error.message() +
                                           "; make it, owned by the gateway's user, or name another");
  lock_folder();
  try {
    read_days();
  } catch (const fs::filesystem_error& failure) {
    ::close(lock_);
    throw pool_error(settings_.folder, failure.code().message() + ", in " + failure.path1().string());
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

PoolFiles::~PoolFiles() {
  close_day();
  ::close(lock_);
}

void PoolFiles::lock_folder() {
  lock_ = ::open((settings_.folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0)
    throw pool_error(settings_.folder, "cannot write there: " + message_of(errno) +
                                           "; give the folder to the gateway's user, or name another");
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(lock_);
  throw pool_error(settings_.folder, "another process records there; end it, or name another folder");
}

std::int64_t PoolFiles::day_of(Nanoseconds time) const {
  return traffic::day_of(time, settings_.day_offset_hours);
}

fs::path PoolFiles::file_of(std::int64_t day) const {
  const Nanoseconds begin = traffic::begin_of_day(day, 0);
  return settings_.folder / (traffic::time_text(begin).substr(0, 10) + ".pcap");
}

void PoolFiles::read_days() {
  for (const auto& [day, file] : days_in(settings_.folder)) read_day(day, file);
}

std::map<std::int64_t, fs::path> days_in(const fs::path& folder) {
  std::map<std::int64_t, fs::path> days;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto day = day_of_name(entry->path().filename().string());
    if (!day || !entry->is_regular_file()) continue;
    static_cast<void>(has_header(entry->path()));
    days.emplace(*day, entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory)
    throw pool_error(folder, "cannot read: " + error.message());
  return days;
}

/// Reads up to the first record that is none of ours: of a crash, perhaps zeros that the file system put
/// there.
void PoolFiles::read_day(std::int64_t day, const fs::path& file) {
  const std::uint64_t size = fs::file_size(file);
  Day found{0, std::vector<bool>(devices_)};
  if (has_header(file)) {
    found.bytes = PoolFrames::file_header_size;
    const auto reader = capture::open_capture_file(file);
    constexpr std::uint64_t record_header = 16;
    for (capture::Frame frame; reader->next(frame); found.bytes += record_header + frame.captured) {
      traffic::Packet packet;
      if (capture::decode(frame, packet) != capture::Outcome::packet) break;
      if (const auto device = frames_.device_of(packet)) found.speaks[*device] = true;
    }
  }
  if (size > found.bytes) {
    fs::resize_file(file, found.bytes);
    say_(Severity::warning, "cut",
         file.string() + ": the last " + text::counted(size - found.bytes, "byte") +
             " are no whole record, as after a crash, and were cut off");
  }
  if (found.bytes == 0) {
    fs::remove(file);
    return;
  }
  bytes_ += found.bytes;
  days_.insert_or_assign(day, std::move(found));
}

std::vector<std::size_t> PoolFiles::past_days(Nanoseconds time) const {
  std::vector<std::size_t> counts(devices_);
  const std::int64_t today = day_of(time);
  for (const auto& [number, day] : days_)
    for (std::size_t device = 0; number < today && device < devices_; ++device)
      counts[device] += day.speaks[device] ? 1 : 0;
  return counts;
}

void PoolFiles::append(std::span<const PoolRecord> records, Nanoseconds now) {
  while (!records.empty()) {
    const Nanoseconds time = records.front().time;
    const bool fits = time >= earliest && time <= latest;
    const std::int64_t day = day_of(time);
    const auto end = std::ranges::find_if(records, [&](const PoolRecord& each) {
      return (each.time >= earliest && each.time <= latest) != fits || day_of(each.time) != day;
    });
    const auto part = records.first(static_cast<std::size_t>(end - records.begin()));
    records = records.subspan(part.size());
    if (fits) {
      append_to_day(day, part, now);
      continue;
    }
    lose(part.size());
    say_(Severity::warning, "clock",
         "the clock says " + traffic::time_text(time) + ", so nothing is recorded until it is set");
  }
}

void PoolFiles::append_to_day(std::int64_t day, std::span<const PoolRecord> records, Nanoseconds now) {
  if (stopped_ && now < try_again_) return lose(records.size());
  while (!records.empty()) {
    buffer_.clear();
    std::size_t count = 0;
    for (; count < records.size() && buffer_.size() < write_size; ++count)
      frames_.append(records[count], buffer_);
    const auto part = std::exchange(records, records.subspan(count)).first(count);
    if (!make_room(day, buffer_.size())) {
      stop(now,
           "this day alone fills the " + std::to_string(settings_.most_bytes) + " bytes that it may take",
           part.size() + records.size());
      return;
    }
    if (const int error = write(day, buffer_); error != 0) {
      stop(now, file_of(day).string() + ": " + message_of(error), part.size() + records.size());
      return;
    }
    Day& written = days_[day];
    for (const PoolRecord& record : part) written.speaks[record.device] = true;
  }
  if (!std::exchange(stopped_, false)) return;
  say_(Severity::info, "goes on",
       "recording goes on; " + text::counted(lost_ - lost_at_stop_, "packet") + " were not recorded");
}

/// Whether so many more bytes of today's may be written; removes other days for them.
bool PoolFiles::make_room(std::int64_t today, std::uint64_t more) {
  const std::size_t days = days_.size() + (days_.contains(today) ? 0 : 1);
  for (std::size_t n = days; n > std::max<std::size_t>(settings_.most_days, 1); --n)
    if (!remove_oldest(today)) break;
  while (bytes_ + more + PoolFrames::file_header_size > settings_.most_bytes)
    if (!remove_oldest(today)) return false;
  return true;
}

bool PoolFiles::remove_oldest(std::int64_t today) {
  const auto oldest = std::ranges::find_if(days_, [today](const auto& day) { return day.first != today; });
  if (oldest == days_.end()) return false;
  if (oldest->first == open_day_) close_day();
  std::error_code error;
  fs::remove(file_of(oldest->first), error);
  if (error) say_(Severity::warning, "remove", file_of(oldest->first).string() + ": " + error.message());
  bytes_ -= oldest->second.bytes;
  days_.erase(oldest);
  return true;
}

void PoolFiles::close_day() {
  if (open_ >= 0) ::close(std::exchange(open_, -1));
}

void PoolFiles::open_day(std::int64_t day) {
  if (open_ >= 0 && open_day_ == day) return;
  close_day();
  open_day_ = day;
  open_ = ::open(file_of(day).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
}

/// 0, or the errno; then the file is as it was before.
int PoolFiles::write(std::int64_t day, const std::string& bytes) {
  open_day(day);
  if (open_ < 0) return errno;
  Day& written = days_.try_emplace(day, Day{0, std::vector<bool>(devices_)}).first->second;
  const std::string whole = written.bytes == 0 ? PoolFrames::file_header() + bytes : bytes;
  if (const int error = storage::write_at(open_, written.bytes, whole.data(), whole.size()); error != 0) {
    static_cast<void>(!::ftruncate(open_, static_cast<off_t>(written.bytes)));
    close_day();
    if (written.bytes == 0) {
      ::unlink(file_of(day).c_str());
      days_.erase(day);
    }
    return error;
  }
  written.bytes += whole.size();
  bytes_ += whole.size();
  return 0;
}

void PoolFiles::stop(Nanoseconds now, const std::string& why, std::size_t records) {
  try_again_ = now + retry_after;
  if (!std::exchange(stopped_, true)) {
    lost_at_stop_ = lost_;
    say_(Severity::warning, "stopped",
         "live traffic is not recorded until there is room: " + why +
             "; cover goes on from the days that are there. Make room, or lower 'pool_bytes'");
  }
  lose(records);
}

}  // namespace ipet::gateway
