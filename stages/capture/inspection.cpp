#include "stages/capture/inspection.hpp"

#include <cstdlib>
#include <optional>

#include "stages/capture/clock_watch.hpp"
#include "stages/capture/frame.hpp"

namespace ipet::capture {

namespace {

using traffic::Nanoseconds;

/// That are looked at, decompressed.
constexpr std::size_t first_size = std::size_t{64} << 10;

bool near(Nanoseconds a, Nanoseconds b) {
  return std::abs(a - b) <= ClockWatch::latest;
}

/// When a capture begins: the time of its first frame, unless that stands alone against the next two.
std::optional<Nanoseconds> beginning(const std::vector<Nanoseconds>& times) {
  if (times.empty()) return std::nullopt;
  const bool alone =
      times.size() >= 3 && near(times[1], times[2]) && !near(times[0], times[1]) && !near(times[0], times[2]);
  return times[alone ? 1 : 0];
}

std::optional<Nanoseconds> look_at(const InputFile& file) {
  bool more = false;
  const auto reader = open_capture(first_bytes(open_input(file.path), first_size, more), file.path.string());
  std::vector<Nanoseconds> times;
  std::size_t frames = 0;
  for (Frame frame; times.size() < 3 && reader->next(frame); ++frames)
    if (frame.has_time) times.push_back(frame.time);
  if (frames == 0 && !reader->loss().empty() && !more)
    throw CaptureError(file.path.string() + ": " + reader->loss());
  return beginning(times);
}

}  // namespace

Inspection inspect(std::vector<InputFile> files) {
  Inspection inspection;
  for (InputFile& file : files) {
    try {
      if (!can_be_read_once(file.path)) file.first = look_at(file);
      inspection.good.push_back(std::move(file));
    } catch (const ReadError&) {
      throw;
    } catch (const CaptureError& error) {
      inspection.bad.emplace_back(error.what());
    }
  }
  return inspection;
}

std::string text_of_bad(const Inspection& inspection) {
  const std::size_t bad = inspection.bad.size(), all = bad + inspection.good.size();
  if (all == 1) return inspection.bad.front();
  std::string text = std::to_string(bad) + " of " + std::to_string(all) + " captures cannot be read:";
  for (const std::string& each : inspection.bad) text += "\n  " + each;
  return text;
}

}  // namespace ipet::capture
