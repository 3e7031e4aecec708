#include "stages/gateway/pool_reader.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "stages/capture/decode.hpp"
#include "stages/capture/frame.hpp"
#include "stages/defence/none.hpp"
#include "stages/gateway/pool_files.hpp"
#include "stages/gateway/pool_frames.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::gateway {

namespace fs = std::filesystem;
using traffic::DevicePacket;

namespace {

/// The packets of one file by device, as they stand in it.
std::vector<std::vector<DevicePacket>> packets_of(const fs::path& file, const PoolFrames& frames,
                                                  std::size_t devices) {
  std::vector<std::vector<DevicePacket>> packets(devices);
  const auto reader = capture::open_capture_file(file);
  for (capture::Frame frame; reader->next(frame);) {
    traffic::Packet packet;
    if (capture::decode(frame, packet) != capture::Outcome::packet) continue;
    if (const auto device = frames.device_of(packet))
      packets[*device].push_back(
          {frame.time, packet.payload,
           PoolFrames::leaves(packet) ? traffic::Direction::out : traffic::Direction::in, packet.protocol,
           false});
  }
  return packets;
}

}  // namespace

std::shared_ptr<const traffic::Traces> read_pool(const fs::path& folder, const traffic::DeviceFile& devices,
                                                 std::int64_t before_day,
                                                 const std::shared_ptr<const traffic::Traces>& earlier) {
  const PoolFrames frames(devices);
  const auto declared = std::make_shared<const std::vector<std::string>>(devices.names());
  traffic::Traces traces;
  auto capture = static_cast<std::uint32_t>(earlier == nullptr ? 0 : earlier->captures.size());
  for (const auto& [day, file] : days_in(folder)) {
    if (day >= before_day || fs::file_size(file) <= PoolFrames::file_header_size) continue;
    const auto name = std::make_shared<const std::string>(file.filename().string());
    auto packets = packets_of(file, frames, devices.devices.size());
    for (std::size_t device = 0; device < packets.size(); ++device) {
      if (packets[device].empty()) continue;
      traffic::DevicePackets made{capture,
                                  name,
                                  std::make_shared<const std::string>(declared->at(device)),
                                  declared,
                                  devices.devices[device].protect,
                                  false,
                                  std::move(packets[device])};
      traces.add(made);
    }
    ++capture;
  }
  if (earlier != nullptr) traces.merge(traffic::Traces(*earlier));
  traces.finish();
  return std::make_shared<const traffic::Traces>(std::move(traces));
}

PoolOfToday::PoolOfToday(fs::path folder, traffic::DeviceFile devices, double day_offset_hours,
                         std::shared_ptr<const traffic::Traces> earlier, traffic::Nanoseconds now)
    : folder_(std::move(folder)),
      devices_(std::move(devices)),
      day_offset_hours_(day_offset_hours),
      earlier_(std::move(earlier)),
      day_(traffic::day_of(now, day_offset_hours)) {
  traces_ = folder_.empty() ? earlier_ : read(day_);
}

std::shared_ptr<const traffic::Traces> PoolOfToday::read(std::int64_t day) const {
  auto traces = read_pool(folder_, devices_, day, earlier_);
  return traces->traces.empty() ? nullptr : traces;
}

bool PoolOfToday::has_next(traffic::Nanoseconds now, std::string& failure) {
  if (folder_.empty()) return false;
  const std::int64_t today = traffic::day_of(now, day_offset_hours_);
  if (!next_.valid() && today != day_) {
    day_ = today;
    next_ = std::async(std::launch::async, [this, today] { return read(today); });
  }
  if (!next_.valid() || next_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  try {
    traces_ = next_.get();
    return true;
  } catch (const std::exception& error) {
    failure = error.what();
    return false;
  }
}

namespace {

std::string fault_of(const defence::Defence& defence, const defence::Resources& resources) {
  try {
    defence.check(resources);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace

DefenceOfToday defence_of_today(const std::shared_ptr<const defence::Defence>& defence,
                                defence::Resources& resources, const PoolOfToday& pool,
                                const std::function<void(const std::string&)>& say) {
  if (!pool.grows()) {
    resources.give("pool", pool.traces());
    return {defence, false};
  }
  if (fault_of(*defence, resources).empty()) return {defence, false};  // needs none
  resources.give("pool", pool.traces());
  const std::string fault = fault_of(*defence, resources);
  if (fault.empty()) return {defence, true};
  say("no device gets cover yet, until midnight at least: " + fault);
  return {std::make_shared<defence::None>(), true, false};
}

}  // namespace ipet::gateway
