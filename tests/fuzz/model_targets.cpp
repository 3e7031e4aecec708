// Models of devices, and what is drawn of them.
#include <algorithm>

#include "stages/device_model/imitated_home.hpp"
#include "stages/device_model/model_text.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

using device_model::DeviceModel;
using device_model::ImitatedHome;
using device_model::ImitatedPacket;
using device_model::Repertoire;

/// What is written of a model is the model.
void check_text(const DeviceModel& model) {
  const std::string text = device_model::text_of(model);
  if (text.size() > device_model::largest_model) return;
  const DeviceModel again = device_model::read_model(scratch_file("written.toml", bytes_of(text)));
  require(device_model::text_of(again) == text, "a model is written as another one");
  require(again.bursts == model.bursts, "a model's bursts are written as others");
}

/// One imitated day, or its first packets.
void check_day(DeviceModel model) {
  constexpr traffic::Nanoseconds begin = 1'700'000'000 * traffic::second,
                                 end = begin + 86'400 * traffic::second;
  constexpr traffic::Nanoseconds resolution = 1'000;
  constexpr std::uint32_t largest = 16'000'000;
  constexpr int most = 2'000;
  const traffic::StreamKey key(7);
  const std::size_t timers = model.timers.size();
  const auto repertoire = Repertoire::of_rest(std::move(model));
  ImitatedHome home(begin, resolution);
  home.add(device_model::moments_source([&](std::int64_t) { return repertoire; }, key, begin, 0,
                                        device_model::Hours::own, 1, 0),
           begin);
  for (std::size_t timer = 0; timer < std::min<std::size_t>(timers, 4); ++timer)
    home.add(device_model::timer_source(repertoire, timer, key.with(timer), begin, 0), begin);
  traffic::Nanoseconds newest = begin;
  ImitatedPacket packet;
  for (int packets = 0; packets < most && home.next(end, packet); ++packets) {
    require(packet.packet.time >= newest && packet.packet.time < end, "an imitated packet at a wrong time");
    require(packet.packet.size <= largest, "an imitated packet larger than any recorded one");
    newest = packet.packet.time;
  }
}

void run_device_model(Bytes input) {
  DeviceModel model;
  try {
    model = device_model::read_model(scratch_file("model.toml", input));
  } catch (const std::runtime_error& error) {
    return require_lines(error.what());
  }
  check_text(model);
  check_day(std::move(model));
}

}  // namespace

std::vector<Target> model_targets() {
  return {{"device_model",
           "a model of a device, and an imitated day of it",
           8192,
           "toml.dict",
           {"stages/device_model/"},
           run_device_model}};
}

}  // namespace ipet::fuzz
