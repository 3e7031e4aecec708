// A defence that does nothing: what is left of one at intensity 0, and a negative control of comparisons.
#pragma once

#include "stages/defence/defence.hpp"

namespace ipet::defence {

class None final : public Defence {
 public:
  /// The schedule of a gateway that protects the line and never sends anything.
  class Nothing final : public CoverSchedule {
   public:
    void user_packet(const traffic::DevicePacket&) override {}
    bool next(traffic::Nanoseconds, traffic::DevicePacket&) override { return false; }
    [[nodiscard]] traffic::Nanoseconds due() const override { return never; }
    [[nodiscard]] bool endless() const override { return false; }
    void rest() override {}
  };

  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double) const override {
    return std::make_shared<None>();
  }
  [[nodiscard]] std::unique_ptr<CoverSchedule> schedule(const Resources&, const Line&) const override {
    return std::make_unique<Nothing>();
  }
};

}  // namespace ipet::defence
