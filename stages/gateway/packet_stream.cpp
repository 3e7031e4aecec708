#include "stages/gateway/packet_stream.hpp"

#include <algorithm>

#include "stages/gateway/datagram.hpp"

namespace ipet::gateway {

bool PacketWriter::push(std::span<const std::uint8_t> packet) {
  if (packet.size() > 0xffff || waiting() + packet.size() + framing_bytes > limit_) return false;
  if (begin_ > 65'536 && begin_ > waiting()) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  heads_.push_back(taken_ + waiting());
  bytes_.push_back(static_cast<std::uint8_t>(packet.size() >> 8));
  bytes_.push_back(static_cast<std::uint8_t>(packet.size()));
  bytes_.insert(bytes_.end(), packet.begin(), packet.end());
  return true;
}

std::size_t PacketWriter::take(std::span<std::uint8_t> out, std::uint16_t& first) {
  const std::size_t count = std::min(out.size(), waiting());
  first = Datagram::no_first;
  if (!heads_.empty() && heads_.front() < taken_ + count)
    first = static_cast<std::uint16_t>(heads_.front() - taken_);
  while (!heads_.empty() && heads_.front() < taken_ + count) heads_.pop_front();
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_), count, out.begin());
  begin_ += count;
  taken_ += count;
  if (waiting() == 0) {
    bytes_.clear();
    begin_ = 0;
  }
  return count;
}

bool PacketReader::consume(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& partial,
                           const Deliver& deliver) {
  while (!bytes.empty()) {
    const std::size_t length =
        partial.size() < framing_bytes ? 0 : std::size_t{partial[0]} * 256 + partial[1];
    const std::size_t wanted = framing_bytes + length - partial.size();
    const auto part = bytes.first(std::min(wanted, bytes.size()));
    partial.insert(partial.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (partial.size() == framing_bytes) {
      const std::size_t says = std::size_t{partial[0]} * 256 + partial[1];
      if (says < shortest_packet || says > longest_packet) return false;
    } else if (length > 0 && partial.size() == framing_bytes + length) {
      deliver(std::span(partial).subspan(framing_bytes));
      partial.clear();
    }
  }
  return true;
}

void PacketReader::take(std::span<const std::uint8_t> piece, std::uint16_t first, bool gap,
                        const Deliver& deliver) {
  if (gap || !in_step_) {
    if (!partial_.empty()) ++lost_;
    partial_.clear();
    in_step_ = first != Datagram::no_first;
    piece = piece.subspan(in_step_ ? std::min<std::size_t>(first, piece.size()) : piece.size());
  }
  if (consume(piece, partial_, deliver)) return;
  ++lost_;
  partial_.clear();
  in_step_ = false;
}

void PacketReader::take_late(std::span<const std::uint8_t> piece, std::uint16_t first,
                             const Deliver& deliver) {
  if (first == Datagram::no_first || first >= piece.size()) return;
  std::vector<std::uint8_t> partial;
  (void)consume(piece.subspan(first), partial, deliver);
}

}  // namespace ipet::gateway
