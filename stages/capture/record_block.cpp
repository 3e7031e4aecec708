#include "stages/capture/record_block.hpp"

#include "stages/capture/block_decoder.hpp"

namespace ipet::capture {

void BlockDecoder::take_other(const OtherProtocol& protocol) {
  into_.packets.pop_back();
  ++into_.other;
  into_.others.add(protocol);
}

bool BlockDecoder::take_rare(const Frame& frame, traffic::Packet& packet) {
  packet = traffic::Packet{};
  OtherProtocol other;
  const Outcome outcome = decode(frame, packet, block_.tunnels, &other);
  if (outcome == Outcome::packet) return true;
  if (outcome == Outcome::other) {
    take_other(other);
    return false;
  }
  into_.packets.pop_back();
  ++(outcome == Outcome::fragment      ? into_.fragments
     : outcome == Outcome::encrypted   ? into_.encrypted
     : outcome == Outcome::undecodable ? into_.undecodable
                                       : into_.unsupported);
  return false;
}

void decode_block(const RecordBlock& block, DecodedBlock& into) {
  into = DecodedBlock{};
  into.packets.reserve(block.records);
  const std::uint8_t* at = block.data.get();
  const std::uint8_t* const end = at + block.size;
  for (BlockDecoder decoder(block, into); at < end;) at += decoder.take(at);
}

}  // namespace ipet::capture
