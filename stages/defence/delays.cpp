#include "stages/defence/delays.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace ipet::defence {

using traffic::Nanoseconds;

// Bins count units of 1/64 ms. Below 64 units each has a bin of its own; 64 << k units and more, up to
// 128 << k, share bins of 1 << k units.
namespace {
constexpr Nanoseconds unit = traffic::second / 64'000;
}

std::size_t DelayHistogram::bin_of(Nanoseconds delay) {
  const auto units = static_cast<std::uint64_t>(std::max<Nanoseconds>(delay, 0) + unit - 1) / unit;
  if (units < (1U << bits)) return units;
  const auto shift = static_cast<unsigned>(std::bit_width(units)) - 1 - bits;
  const std::size_t bin = (shift << bits) + (units >> shift);
  return std::min(bin, bins - 1);
}

Nanoseconds DelayHistogram::upper_edge(std::size_t bin) {
  if (bin < (2U << bits)) return static_cast<Nanoseconds>(bin) * unit;
  const std::size_t shift = (bin >> bits) - 1;
  const std::uint64_t first = ((bin & ((1U << bits) - 1)) + (1U << bits)) << shift;
  return static_cast<Nanoseconds>(first + (std::uint64_t{1} << shift) - 1) * unit;
}

void DelayHistogram::add(Nanoseconds delay) {
  if (bins_.empty()) bins_.resize(bins);
  ++bins_[bin_of(delay)];
  ++count_;
  maximum_ = std::max(maximum_, delay);
}

void DelayHistogram::add(const DelayHistogram& other) {
  if (bins_.empty()) bins_.resize(other.bins_.size());
  for (std::size_t i = 0; i < other.bins_.size(); ++i) bins_[i] += other.bins_[i];
  count_ += other.count_;
  maximum_ = std::max(maximum_, other.maximum_);
}

double DelayHistogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    seen += bins_[i];
    if (seen >= wanted && seen > 0)
      return static_cast<double>(std::min(upper_edge(i), maximum_)) / static_cast<double>(traffic::second);
  }
  return 0;
}

void DelayQueue::leave(Nanoseconds time, std::uint64_t bytes, DelayHistogram& delays) {
  bytes_ -= std::min(bytes, bytes_);
  while (!waiting_.empty() && waiting_.front().bytes <= bytes) {
    bytes -= waiting_.front().bytes;
    delays.add(time - waiting_.front().since);
    waiting_.pop_front();
  }
  if (bytes > 0 && !waiting_.empty()) waiting_.front().bytes -= bytes;
}

void DelayQueue::leave_alone(Nanoseconds time, std::uint64_t bytes, DelayHistogram& delays) {
  bytes_ -= std::min(bytes, bytes_);
  do {
    if (waiting_.empty() || waiting_.front().bytes > bytes) break;
    bytes -= waiting_.front().bytes;
    delays.add(time - waiting_.front().since);
    waiting_.pop_front();
  } while (bytes > 0);
  if (bytes > 0 && !waiting_.empty()) waiting_.front().bytes -= bytes;
}

}  // namespace ipet::defence
