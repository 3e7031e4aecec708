#include "stages/gan/past.hpp"

#include <algorithm>
#include <numbers>

#include "stages/traffic/day.hpp"

namespace ipet::gan {

using traffic::Nanoseconds;

namespace {

double seconds(Nanoseconds time) {
  return static_cast<double>(time) / static_cast<double>(traffic::second);
}

/// 0 for 0, 0.24 for 1 s, 0.69 for 100 s, 1.1 for 2 hours.
float scaled(Nanoseconds age) {
  return static_cast<float>(std::log1p(10 * seconds(age)) / 10);
}

}  // namespace

Past::Past(const Alphabet& alphabet, Nanoseconds event_gap, double day_offset_hours, Nanoseconds time)
    : event_gap_(event_gap),
      day_begin_(traffic::day_offset(day_offset_hours)),
      last_(time),
      event_begin_(time) {
  symbols_.fill({static_cast<std::uint16_t>(alphabet.kinds()), static_cast<std::uint16_t>(alphabet.gaps())});
  seen_.fill(time - traffic::day);
}

void Past::add(Symbol symbol, Nanoseconds time) {
  const Nanoseconds gap = std::max<Nanoseconds>(0, time - last_);
  if (gap >= event_gap_) {
    event_begin_ = time;
    in_event_ = 0;
  }
  ++in_event_;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    counts_[i] = counts_[i] * std::exp(-seconds(gap) / spans[i]) + 1;
  std::shift_right(symbols_.begin(), symbols_.end(), 1);
  symbols_[0] = symbol;
  if (symbol.kind < seen_.size()) seen_[symbol.kind] = time;
  last_ = std::max(last_, time);
}

void Past::shift(Nanoseconds by) {
  last_ += by;
  event_begin_ += by;
  for (Nanoseconds& time : seen_) time += by;
}

View Past::view() const {
  View view{symbols_, {}};
  float* next = view.numbers.data();
  const double of_day = 2 * std::numbers::pi * seconds((last_ - day_begin_) % traffic::day) / 86'400;
  for (const double harmonic : {1.0, 2.0}) {
    *next++ = static_cast<float>(std::sin(harmonic * of_day));
    *next++ = static_cast<float>(std::cos(harmonic * of_day));
  }
  for (const double count : counts_) *next++ = static_cast<float>(std::log1p(count) / 4);
  *next++ = static_cast<float>(std::log1p(static_cast<double>(in_event_)) / 4);
  *next++ = scaled(last_ - event_begin_);
  for (const Nanoseconds time : seen_) *next++ = scaled(std::min(last_ - time, traffic::day));
  return view;
}

}  // namespace ipet::gan
