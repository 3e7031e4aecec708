// A filter that has learned nothing.
#pragma once

#include "stages/attack/packet_filter.hpp"

namespace ipet::attack {

class KeepAll final : public TrainedFilter {
  class Line final : public LineFilter {
   public:
    void add(std::span<const traffic::DevicePacket> packets, const Sink& sink) override {
      if (!packets.empty()) sink(packets);
    }
    void end(const Sink&) override {}
  };

 public:
  [[nodiscard]] std::unique_ptr<LineFilter> open(const Interval&) const override {
    return std::make_unique<Line>();
  }
  [[nodiscard]] bool keeps_all() const override { return true; }
};

}  // namespace ipet::attack
