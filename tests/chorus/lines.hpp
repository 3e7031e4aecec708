// Lines of chorus with an imitator that says what it was asked.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "stages/chorus/chorus.hpp"
#include "stages/defence/mixer.hpp"
#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {

/// Sends one packet an hour whose size is 1000 x device + the youngest day it may use, and notes what was
/// asked.
class Parrot final : public Imitator {
 public:
  class ParrotVoice final : public CoverSource {
   public:
    explicit ParrotVoice(const Imitation& imitation)
        : size_(static_cast<std::uint32_t>(1'000 * imitation.device + imitation.days.back())),
          time_(imitation.begin),
          end_(imitation.end) {}
    bool next(Nanoseconds until, DevicePacket& packet) override {
      if (time_ >= std::min(until, end_)) return false;
      packet = {time_, size_, Direction::in, Protocol::udp, true};
      time_ += 3'600 * traffic::second;
      return true;
    }

   private:
    std::uint32_t size_;
    Nanoseconds time_, end_;
  };
  std::unique_ptr<CoverSource> imitate(const Pool&, const Imitation& imitation) const override {
    const std::lock_guard lock(mutex);
    asked.push_back(imitation);
    return std::make_unique<ParrotVoice>(imitation);
  }
  mutable std::mutex mutex;
  mutable std::vector<Imitation> asked;
};

/// A packet every 1,000 s of the days from `first` to before `end`, so that so many bytes a second are sent.
inline Packets steady(double rate, std::int64_t first, std::int64_t end,
                      Direction direction = Direction::out) {
  Packets packets;
  for (std::int64_t day = first; day < end; ++day)
    for (int part = 0; part < 86; ++part)
      packets.push_back(
          packet(1'000.0 * part + 200, static_cast<std::uint32_t>(1'000 * rate), day, direction));
  return packets;
}

/// Four days.
inline std::shared_ptr<traffic::Traces> four_devices(const std::vector<double>& rates = {1, 2, 3, 4}) {
  return home({{"bulb", steady(rates[0], 0, 4)},
               {"camera", steady(rates[1], 0, 4)},
               {"hub", steady(rates[2], 0, 4)},
               {"lock", steady(rates[3], 0, 4)}});
}

struct Setting {
  std::shared_ptr<Parrot> parrot = std::make_shared<Parrot>();
  ChorusOptions options;
  Resources resources;

  Setting() {
    options.imitator = parrot;
    pool(four_devices());
    resources.seed = 20;
    options.stand_in = 0;  // devices of these tests mostly say nothing
  }
  void pool(std::shared_ptr<const traffic::Traces> traces) {
    resources.give<traffic::Traces>("pool", std::move(traces));
  }
  [[nodiscard]] Packets line(const std::string& device, std::int64_t first, std::int64_t last,
                             const Packets& user = {}, std::uint32_t capture = 0) const {
    const Chorus chorus(options);
    chorus.check(resources);
    Mixer mixer(chorus, resources, {device, capture, Line::Span{at(0, first), at(0, last)}}, {});
    Packets sent;
    const auto output = [&](Packets&& packets) { sent.insert(sent.end(), packets.begin(), packets.end()); };
    mixer.mix(user, output);
    mixer.finish(output);
    return sent;
  }
};

inline std::set<std::uint32_t> sizes_of(const Packets& packets) {
  std::set<std::uint32_t> sizes;
  for (const DevicePacket& each : packets)
    if (each.dummy) sizes.insert(each.size);
  return sizes;
}

inline std::string error_of(const Setting& setting) {
  try {
    Chorus(setting.options).check(setting.resources);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace ipet::defence::test
