// A defence: dummies of one size at random times for as long as a line is up. User packets pass at once.
#include <cmath>
#include <cstdint>
#include <memory>

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"

namespace defence = ipet::defence;
namespace traffic = ipet::traffic;

struct MyDefenceOptions {
  double rate = 0.5;         // dummies per second, both directions together
  std::uint32_t size = 200;  // bytes of payload
};

class MyDefenceSchedule : public defence::CoverSchedule {
 public:
  MyDefenceSchedule(const MyDefenceOptions& options, traffic::StreamKey key)
      : options_(options), random_(key) {}

  void begin(traffic::Nanoseconds time) override {
    if (!up_) draw(time);
    up_ = true;
  }
  void user_packet(const traffic::DevicePacket& packet) override { begin(packet.time); }
  bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) override {
    if (!up_ || due_.time >= until) return false;
    dummy = due_;
    draw(due_.time);
    return true;
  }
  void rest() override { up_ = false; }

 private:
  void draw(traffic::Nanoseconds after) {
    const double wait = random_.exponential(1e9 / options_.rate);
    due_ = {after + 1 + std::llround(wait), options_.size,
            random_.below(2) == 0 ? traffic::Direction::out : traffic::Direction::in, traffic::Protocol::udp,
            true};
  }

  MyDefenceOptions options_;
  traffic::Random random_;
  traffic::DevicePacket due_;
  bool up_ = false;
};

class MyDefence : public defence::Defence {
 public:
  using Options = MyDefenceOptions;
  explicit MyDefence(const Options& options) : options_(options) {}
  std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                   const defence::Line& line) const override {
    return std::make_unique<MyDefenceSchedule>(options_, line.key(resources, "my_defence"));
  }

 private:
  Options options_;
};

IPET_PLUGIN("my_defence", "1.0", catalog) {
  using O = MyDefenceOptions;
  catalog.component<defence::Defence, MyDefence>("my_defence")
      .about("Dummies of one size at random times. Does not delay user data.")
      .option("rate", &O::rate, ipet::minimum(1e-3), ipet::maximum(1e3), ipet::unit("packets/s"),
              "Dummies of a line, both directions together.")
      .option("size", &O::size, ipet::minimum(1), ipet::maximum(1460), ipet::unit("bytes"),
              "Payload of a dummy.");
}
