#include "stages/capture/inspection.hpp"

#include <optional>

#include "stages/capture/clock_watch.hpp"
#include "stages/capture/frame.hpp"
#include "stages/capture/patience.hpp"

namespace ipet::capture {

namespace {

using traffic::Nanoseconds;

/// That are looked at, decompressed.
constexpr std::size_t first_size = std::size_t{64} << 10;
constexpr std::size_t first_frames = 4 * ClockWatch::many;

/// When a capture begins, as ClockWatch has it: a few wrong times before the first right one do not tell.
std::optional<Nanoseconds> beginning(const std::vector<Nanoseconds>& times) {
  if (times.empty()) return std::nullopt;
  ClockWatch clock;
  for (const Nanoseconds time : times) {
    traffic::Packet packet;
    packet.time = time;
    clock.push(packet);
  }
  clock.finish();
  return clock.take().front().packets.front().time;
}

std::optional<Nanoseconds> look_at(const InputFile& file) {
  bool more = false;
  const auto reader = open_capture(first_bytes(open_input(file.path), first_size, more), file.path.string());
  std::vector<Nanoseconds> times;
  std::size_t frames = 0;
  for (Frame frame; times.size() < first_frames && reader->next(frame); ++frames)
    if (frame.has_time) times.push_back(frame.time);
  if (frames == 0 && !reader->loss().empty() && !more)
    throw CaptureError(file.path.string() + ": " + reader->loss());
  return beginning(times);
}

}  // namespace

Inspection inspect(std::vector<InputFile> files) {
  Inspection inspection;
  for (InputFile& file : files) {
    if (Patience::is_over()) break;
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
