#include "stages/capture/record_block.hpp"

#include "stages/capture/block_decoder.hpp"

namespace ipet::capture {

void BlockDecoder::leave_out(Outcome outcome, const OtherProtocol& other) {
  into_.packets.pop_back();
  into_.leave_out(outcome, other);
}

bool BlockDecoder::take_rare(const Frame& frame, traffic::Packet& packet) {
  packet = traffic::Packet{};
  OtherProtocol other;
  const Outcome outcome = decode(frame, packet, block_.tunnels, &other);
  if (outcome != Outcome::packet) leave_out(outcome, other);
  return outcome == Outcome::packet;
}

void decode_block(const RecordBlock& block, DecodedBlock& into) {
  into = DecodedBlock{};
  into.packets.reserve(block.records);
  const std::uint8_t* at = block.data.get();
  const std::uint8_t* const end = at + block.size;
  for (BlockDecoder decoder(block, into); at < end;) at += decoder.take(at);
}

}  // namespace ipet::capture
