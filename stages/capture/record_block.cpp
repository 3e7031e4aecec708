#include "stages/capture/record_block.hpp"

#include "stages/capture/block_decoder.hpp"

namespace ipet::capture {

void BlockDecoder::count(Outcome outcome) {
  switch (outcome) {
    case Outcome::packet:
      break;
    case Outcome::other:
      ++into_.other;
      break;
    case Outcome::fragment:
      ++into_.fragments;
      break;
    case Outcome::undecodable:
      ++into_.undecodable;
      break;
    case Outcome::unsupported:
      ++into_.unsupported;
      break;
  }
}

bool BlockDecoder::take_rare(const Frame& frame, traffic::Packet& packet) {
  packet = traffic::Packet{};
  const Outcome outcome = decode(frame, packet);
  if (outcome == Outcome::packet) return true;
  into_.packets.pop_back();
  count(outcome);
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
