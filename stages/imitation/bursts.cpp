#include "stages/imitation/bursts.hpp"

namespace ipet::defence {

std::vector<Burst> bursts_of(std::span<const traffic::DevicePacket> packets, const BurstOptions& options) {
  std::vector<Burst> bursts;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const bool begins = bursts.empty() || packets[i].time - packets[i - 1].time >= options.gap ||
                        packets[i].time - packets[bursts.back().first].time >= options.longest;
    if (begins) bursts.push_back({i, i});
    bursts.back().last = i + 1;
  }
  return bursts;
}

}  // namespace ipet::defence
