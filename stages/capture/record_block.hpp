// Records of classic pcap, block by block. Decoding a block needs nothing but the block, so blocks of one
// file are decoded in parallel.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "stages/capture/bytes.hpp"
#include "stages/capture/frame.hpp"
#include "stages/capture/other_protocols.hpp"
#include "stages/capture/statistics.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

/// Fills `frame` from the record at `at`, which is whole; returns its size.
inline std::size_t read_record(const RecordBlock& block, const std::uint8_t* at, Frame& frame) {
  const auto seconds = load<std::uint32_t>(at, block.swapped),
             fraction = load<std::uint32_t>(at + 4, block.swapped);
  frame.time =
      std::int64_t{seconds} * traffic::second + std::int64_t{fraction} * (block.nanoseconds ? 1 : 1000);
  frame.has_time = true;
  frame.link = block.link;
  frame.data = at + block.record_header;
  frame.captured = load<std::uint32_t>(at + 8, block.swapped);
  frame.original = std::max(frame.captured, load<std::uint32_t>(at + 12, block.swapped));
  return block.record_header + frame.captured;
}

/// The packets of a block in the order of the file, and what its other frames were.
struct DecodedBlock : FrameCounts {
  std::vector<traffic::Packet> packets;
  traffic::Nanoseconds newest = 0;  ///< of the packets
  traffic::Nanoseconds back = 0;    ///< most that a packet is older than one before it; 0: in order
};

/// Replaces `into`. Gives what decode() gives for each frame.
void decode_block(const RecordBlock& block, DecodedBlock& into);

}  // namespace ipet::capture
