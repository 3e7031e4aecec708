// What a stranger brings in one source: a defence that needs something of a type that nobody else knows, and
// the stage that makes it.
#include <cmath>
#include <optional>

#include "pipeline/sdk/plugin.hpp"
#include "stages/defence/defence.hpp"

namespace {

namespace defence = ipet::defence;
using ipet::traffic::DevicePacket;
using ipet::traffic::Nanoseconds;

/// How often a line is to be heard, and with how many bytes.
struct Rota {
  static constexpr std::string_view type_name = "rota";
  static constexpr int type_version = 1;
  Nanoseconds every = 0;
  std::uint32_t size = 0;
  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

struct RotaOptions {
  double every = 60;
  std::uint32_t size = 777;
};

class RotaMaker {
 public:
  using Options = RotaOptions;
  RotaMaker(const Options& options, ipet::StageContext&)
      : rota_{std::llround(options.every * 1e9), options.size} {}
  void run(ipet::Emitter& emit) { emit(Rota(rota_)); }

 private:
  Rota rota_;
};

/// A dummy at each multiple of the interval, from the begin of the line on.
class Beats final : public defence::CoverSchedule {
 public:
  explicit Beats(const Rota& rota) : rota_(rota) {}
  void begin(Nanoseconds time) override {
    if (!due_) due_ = time;
  }
  void user_packet(const DevicePacket& packet) override { begin(packet.time); }
  bool next(Nanoseconds until, DevicePacket& dummy) override {
    if (!due_ || *due_ >= until) return false;
    dummy = {*due_, rota_.size, ipet::traffic::Direction::out, ipet::traffic::Protocol::udp, true};
    *due_ += rota_.every;
    return true;
  }
  void rest() override { due_.reset(); }

 private:
  Rota rota_;
  std::optional<Nanoseconds> due_;
};

class Curfew final : public defence::Defence {
 public:
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                 const defence::Line&) const override {
    return std::make_unique<Beats>(*resources.get<Rota>("rota"));
  }
};

}  // namespace

IPET_PLUGIN("curfew", "1.0", catalog) {
  catalog.task<RotaMaker>("rota")
      .output<Rota>("rota")
      .option("every", &RotaOptions::every)
      .option("size", &RotaOptions::size);
  catalog.component<defence::Defence, Curfew>("curfew").needs<Rota>("rota", "what the stage rota makes");
}
