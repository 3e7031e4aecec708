#include "stages/defence/mixer.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "stages/traffic/day.hpp"

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
  out = std::min(out, sub_ticks);
  in = std::min(in, sub_ticks);
  std::uint64_t due = (out == sub_ticks ? outgoing : 0) | (in == sub_ticks ? incoming : 0);
  std::uint64_t undecided = ((out > 0 ? outgoing : 0) | (in > 0 ? incoming : 0)) & ~due;
  while (undecided != 0) {
    out *= 2;  // what is left of the probability, in twentieths; 20 and more is a one bit
    in *= 2;
    const std::uint64_t bits = (out >= sub_ticks ? outgoing : 0) | (in >= sub_ticks ? incoming : 0);
    out -= out >= sub_ticks ? sub_ticks : 0;
    in -= in >= sub_ticks ? sub_ticks : 0;
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

/// Gathers packets and hands them on in vectors of their exact size.
class Mixer::Batches {
 public:
  Batches(const Output& output, std::size_t limit, std::size_t expected) : output_(output), limit_(limit) {
    packets_.reserve(std::min(limit, expected));
  }
  void add(const DevicePacket& packet) {
    if (packets_.size() == limit_) flush();
    packets_.push_back(packet);
  }
  void flush() {
    if (packets_.empty()) return;
    output_(std::vector<DevicePacket>(packets_.begin(), packets_.end()));
    packets_.clear();
  }

 private:
  const Output& output_;
  std::size_t limit_;
  std::vector<DevicePacket> packets_;
};

Mixer::Mixer(std::shared_ptr<const Perturbations> perturbations, std::string device, std::uint32_t capture,
             const MixerOptions& options)
    : perturbations_(std::move(perturbations)),
      options_(options),
      covers_(options.protect && perturbations_->covers(device)),
      slots_(perturbations_->slots()),
      omega_(std::llround(perturbations_->omega() * static_cast<double>(traffic::second))),
      window_(omega_ * slots_),
      vector_(std::size_t{slots_} * 4) {
  if (omega_ < sub_ticks) throw std::invalid_argument("omega is below 20 ns, so a slot has no 20 sub-ticks");
  if (options_.batch == 0) throw std::invalid_argument("an output batch needs room for one packet");
  if (covers_) device_ = perturbations_->device_index(device);
  summary_.capture = capture;
  summary_.device = std::move(device);
  summary_.covered = covers_;
}

void Mixer::mix(std::span<const DevicePacket> user, const Output& output) {
  Batches out(output, options_.batch, user.size() + 2 * dummies_.size());
  for (const DevicePacket& packet : user) {
    if (covers_ && begun_) play_until(end_of_cover(packet.time), out);
    const Nanoseconds gap = packet.time - last_user_;
    const bool active = !begun_ || gap >= window_ || gap > options_.longest_gap;
    count(packet);
    out.add(packet);
    if (covers_ && active) begin_vector(packet.time);
  }
  out.flush();
}

Nanoseconds Mixer::end_of_cover(Nanoseconds next) {
  const Nanoseconds gap = next - last_user_;
  if (gap <= options_.longest_gap) return next;
  summary_.skipped += gap - options_.longest_gap;
  return last_user_ + options_.longest_gap;
}

void Mixer::count(const DevicePacket& user) {
  if (!begun_) summary_.first = summary_.last = last_user_ = user.time;
  begun_ = true;
  last_user_ = std::max(last_user_, user.time);
  summary_.last = last_user_;
  summary_.user[static_cast<std::size_t>(user.direction)].add(user);
}

/// Sends the dummies that are due before `time`.
void Mixer::play_until(Nanoseconds time, Batches& out) {
  while (true) {
    for (; next_ < end_ && dummies_[next_].time < time; ++next_) {
      const DevicePacket& dummy = dummies_[next_];
      summary_.dummy[static_cast<std::size_t>(dummy.direction)].add(dummy);
      out.add(dummy);
    }
    if (next_ < end_) return;
    const Nanoseconds slot_end = vector_begin_ + omega_ * (slot_ + 1);
    if (slot_end >= time) return;
    if (++slot_ == slots_)
      begin_vector(slot_end);
    else
      begin_slot();
  }
}

void Mixer::begin_vector(Nanoseconds time) {
  const std::int64_t day = traffic::day_of(time, options_.day_offset_hours);
  if (day != day_) vectors_of_day_ = 0;
  day_ = day;
  const std::uint64_t window = vectors_of_day_++;
  perturbations_->for_window(device_, summary_.capture, day, window, vector_);
  random_ = traffic::Random(traffic::StreamKey(perturbations_->seed)
                                .with("mixer")
                                .with(summary_.device)
                                .with(summary_.capture)
                                .with(static_cast<std::uint64_t>(day))
                                .with(window));
  vector_begin_ = time;
  slot_ = 0;
  begin_slot();
}

/// Draws the slot's dummies.
void Mixer::begin_slot() {
  next_ = end_ = 0;
  const std::uint16_t* row = vector_.data() + std::size_t{slot_} * 4;
  std::uint32_t packets[2] = {row[0], row[2]};
  std::uint32_t bytes[2] = {row[1], row[3]};
  std::uint32_t sizes[2] = {0, 0};  // how many sizes there are to choose from, "no dummy" included
  for (std::size_t d = 0; d < 2; ++d) {
    if (bytes[d] == 0) packets[d] = 0;
    if (packets[d] > 0) sizes[d] = 2 * (bytes[d] / packets[d] + 1);
  }
  if (packets[0] + packets[1] == 0) return;
  const Nanoseconds begin = vector_begin_ + omega_ * slot_;
  std::uint64_t due = draw_due(random_, packets[0], packets[1]);
  while (due != 0) {
    const int bit = std::countr_zero(due);
    due &= due - 1;
    const std::size_t d = bit % 2 == 0 ? 0 : 1;
    const std::uint32_t size = std::min(draw_below(random_, sizes[d]), bytes[d]);
    if (size == 0) continue;
    dummies_[end_++] = {begin + omega_ * (bit / 2) / sub_ticks, size, static_cast<Direction>(d),
                        options_.dummy_protocol, true};
    bytes[d] -= size;
    --packets[d];
    if (bytes[d] == 0 || (options_.cap_packets && packets[d] == 0)) due &= d == 0 ? ~outgoing : ~incoming;
  }
}

}  // namespace ipet::defence
