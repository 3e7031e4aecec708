#include "stages/perturbation/continuous.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

namespace {

// A slot's 40 draws as one word, so that ascending bits are ascending times, outgoing before incoming.
constexpr std::uint64_t outgoing = 0x5555555555, incoming = outgoing << 1;

/// For each sub-tick and direction one independent draw with probability out / 20 or in / 20. A random binary
/// fraction per draw is compared with the probability, bit by bit from the most significant one, for all
/// draws at once: exact, and about seven random words decide all of them.
std::uint64_t draw_due(traffic::Random& random, std::uint32_t out, std::uint32_t in) {
  out = std::min(out, Continuous::sub_ticks);
  in = std::min(in, Continuous::sub_ticks);
  std::uint64_t due =
      (out == Continuous::sub_ticks ? outgoing : 0) | (in == Continuous::sub_ticks ? incoming : 0);
  std::uint64_t undecided = ((out > 0 ? outgoing : 0) | (in > 0 ? incoming : 0)) & ~due;
  while (undecided != 0) {
    out *= 2;  // what is left of the probability, in twentieths; 20 and more is a one bit
    in *= 2;
    const std::uint64_t bits =
        (out >= Continuous::sub_ticks ? outgoing : 0) | (in >= Continuous::sub_ticks ? incoming : 0);
    out -= out >= Continuous::sub_ticks ? Continuous::sub_ticks : 0;
    in -= in >= Continuous::sub_ticks ? Continuous::sub_ticks : 0;
    const std::uint64_t word = random.bits();
    due |= undecided & bits & ~word;
    undecided &= ~(bits ^ word);
    // Where the probability's fraction ends, equal so far means not below it.
    if (out == 0) undecided &= ~outgoing;
    if (in == 0) undecided &= ~incoming;
  }
  return due;
}

/// Uniform over 0 .. count - 1 by multiplication; the bias is below count / 2^32.
std::uint32_t draw_below(traffic::Random& random, std::uint32_t count) {
  return static_cast<std::uint32_t>(((random.bits() >> 32) * count) >> 32);
}

}  // namespace

Continuous::Continuous(const PerturbationOptions& options, VectorSequence vectors)
    : options_(options), vectors_(std::move(vectors)), window_(vectors_.omega() * vectors_.slots()) {
  if (vectors_.omega() < sub_ticks)
    throw std::invalid_argument("omega is below 20 ns, so a slot has no 20 sub-ticks");
}

void Continuous::begin(Nanoseconds time) {
  begun_ = true;
  last_user_ = time - window_;  // the first user packet is activity
  begin_vector(time);
}

void Continuous::user_packet(const DevicePacket& packet) {
  const Nanoseconds time = packet.time;
  const Nanoseconds gap = time - last_user_;
  const bool active = !begun_ || gap >= window_;
  begun_ = true;
  last_user_ = time;
  if (active) begin_vector(time);
}

bool Continuous::next(Nanoseconds until, DevicePacket& dummy) {
  while (begun_) {
    if (next_ < end_) {
      if (dummies_[next_].time >= until) return false;
      dummy = dummies_[next_++];
      return true;
    }
    const Nanoseconds slot_end = vector_begin_ + vectors_.omega() * (slot_ + 1);
    if (slot_end >= until) return false;
    if (++slot_ == vectors_.slots())
      begin_vector(slot_end);
    else
      begin_slot();
  }
  return false;
}

Nanoseconds Continuous::due() const {
  if (!begun_) return never;
  return next_ < end_ ? dummies_[next_].time : vector_begin_ + vectors_.omega() * (slot_ + 1);
}

void Continuous::begin_vector(Nanoseconds time) {
  vectors_.draw(time);
  random_ = vectors_.random();
  vector_begin_ = time;
  slot_ = 0;
  begin_slot();
}

/// Draws the slot's dummies.
void Continuous::begin_slot() {
  next_ = end_ = 0;
  const generator::Row rows[2] = {vectors_.row(slot_, Direction::out), vectors_.row(slot_, Direction::in)};
  std::uint32_t packets[2] = {rows[0].packets, rows[1].packets};
  std::uint32_t bytes[2] = {rows[0].bytes, rows[1].bytes};
  std::uint32_t sizes[2] = {0, 0};  // how many sizes there are to choose from, "no dummy" included
  for (std::size_t d = 0; d < 2; ++d) {
    if (bytes[d] == 0) packets[d] = 0;
    if (packets[d] > 0) sizes[d] = 2 * (bytes[d] / packets[d] + 1);
  }
  if (packets[0] + packets[1] == 0) return;
  const Nanoseconds omega = vectors_.omega(), begin = vector_begin_ + omega * slot_;
  std::uint64_t due = draw_due(random_, packets[0], packets[1]);
  while (due != 0) {
    const int bit = std::countr_zero(due);
    due &= due - 1;
    const std::size_t d = bit % 2 == 0 ? 0 : 1;
    const std::uint32_t size = std::min(draw_below(random_, sizes[d]), bytes[d]);
    if (size == 0) continue;
    dummies_[end_++] = {begin + omega * (bit / 2) / sub_ticks, size, static_cast<Direction>(d),
                        options_.dummy_protocol, true};
    bytes[d] -= size;
    --packets[d];
    if (bytes[d] == 0 || (!options_.published_defects && packets[d] == 0))
      due &= d == 0 ? ~outgoing : ~incoming;
  }
}

}  // namespace ipet::defence
