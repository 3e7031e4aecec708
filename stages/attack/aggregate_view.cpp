#include "stages/attack/aggregate_view.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

constexpr std::size_t size_classes = 26, size_residues = 32, gap_classes = 21, kept_sizes = 3;
constexpr std::size_t exact_sizes = 4096;  // a power of two: sizes are told apart modulo this
constexpr Nanoseconds burst_gap = traffic::second, minute = 60 * traffic::second;

/// Where classes of sizes begin, after class 0, which holds empty packets.
constexpr std::array<std::uint32_t, size_classes - 1> size_begins{
    1,   16,  24,  32,  40,  48,  56,  64,  80,  96,   112,  128, 160,
    192, 224, 256, 320, 384, 448, 512, 640, 768, 1024, 1280, 1448};

/// Class of each size; those that are larger have the last one.
constexpr auto class_of_size = [] {
  std::array<std::uint8_t, size_begins.back() + 1> classes{};
  std::uint8_t at = 0;
  for (std::uint32_t size = 0; size < classes.size(); ++size) {
    if (at < size_begins.size() && size >= size_begins[at]) ++at;
    classes[size] = at;
  }
  return classes;
}();

std::size_t class_of_gap(Nanoseconds gap) {
  return std::min<std::size_t>(
      static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(gap) >> 20)), gap_classes - 1);
}

double seconds(Nanoseconds duration) {
  return static_cast<double>(duration) / static_cast<double>(traffic::second);
}

/// Packets of one direction and protocol.
struct Group {
  std::uint64_t packets = 0, bytes = 0;
  double squares = 0;
  std::uint32_t smallest = 0, largest = 0;
  Nanoseconds first = 0, last = 0;

  void add(const DevicePacket& packet) {
    if (packets == 0) {
      smallest = largest = packet.size;
      first = packet.time;
    }
    ++packets;
    bytes += packet.size;
    squares += static_cast<double>(packet.size) * packet.size;
    smallest = std::min(smallest, packet.size);
    largest = std::max(largest, packet.size);
    last = packet.time;
  }
  [[nodiscard]] double mean() const {
    return packets == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(packets);
  }
  [[nodiscard]] double deviation() const {
    if (packets == 0) return 0;
    return std::sqrt(std::max(0.0, squares / static_cast<double>(packets) - mean() * mean()));
  }
};

/// Sizes of one direction.
struct Sizes {
  std::array<std::uint32_t, size_classes> by_class{};
  std::array<std::uint32_t, size_residues> by_residue{};
  std::array<std::uint32_t, exact_sizes> exact{};
  std::vector<std::uint32_t> seen;  ///< positions of `exact` that are not 0

  void add(std::uint32_t size) {
    ++by_class[class_of_size[std::min<std::size_t>(size, class_of_size.size() - 1)]];
    ++by_residue[size % size_residues];
    if (exact[size % exact_sizes]++ == 0) seen.push_back(size % exact_sizes);
  }
  /// The most frequent ones come first; of equally frequent ones the smaller.
  void sort_seen() {
    const auto more = [this](std::uint32_t a, std::uint32_t b) {
      return exact[a] != exact[b] ? exact[a] > exact[b] : a < b;
    };
    std::partial_sort(seen.begin(), seen.begin() + std::min<std::ptrdiff_t>(kept_sizes, std::ssize(seen)),
                      seen.end(), more);
  }
  void clear() {
    by_class = {};
    by_residue = {};
    for (const std::uint32_t size : seen) exact[size] = 0;
    seen.clear();
  }
};

struct Bursts {
  std::vector<Nanoseconds> begins;
  std::uint64_t packets = 0, bytes = 0;  ///< of the one that is going on
  std::uint64_t most_packets = 0, most_bytes = 0, all_packets = 0;

  void add(const DevicePacket& packet, bool begins_one) {
    if (begins_one) {
      begins.push_back(packet.time);
      packets = bytes = 0;
    } else if (begins.empty()) {
      return;  // began in the bin before
    }
    ++packets;
    ++all_packets;
    bytes += packet.size;
    most_packets = std::max(most_packets, packets);
    most_bytes = std::max(most_bytes, bytes);
  }
};

struct Rhythm {
  double median = 0, near = 0, variation = 0;
};

Rhythm rhythm(const std::vector<Nanoseconds>& begins) {
  if (begins.size() < 2) return {};
  std::vector<double> gaps;
  for (std::size_t i = 1; i < begins.size(); ++i) gaps.push_back(seconds(begins[i] - begins[i - 1]));
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  const double median = *middle, count = static_cast<double>(gaps.size());
  const auto near =
      std::ranges::count_if(gaps, [median](double gap) { return std::abs(gap - median) <= 0.1 * median; });
  const double mean = std::accumulate(gaps.begin(), gaps.end(), 0.0) / count;
  double squares = 0;
  for (const double gap : gaps) squares += (gap - mean) * (gap - mean);
  return {median, static_cast<double>(near) / count, mean > 0 ? std::sqrt(squares / count) / mean : 0};
}

enum Gap : std::size_t { any, of_out, of_in, in_after_out, out_after_in, gap_kinds };
constexpr const char* gap_names[gap_kinds] = {"gap", "out_gap", "in_gap", "in_after_out", "out_after_in"};

class AggregateEye final : public BinExtractor {
 public:
  AggregateEye(const Interval& interval, Nanoseconds length, std::vector<std::size_t> hidden)
      : BinExtractor(interval, length), hidden_(std::move(hidden)), minutes_(minutes_of_bin()) {}

 private:
  [[nodiscard]] std::size_t minutes_of_bin() const {
    return static_cast<std::size_t>((bin().end - bin().begin + minute - 1) / minute);
  }
  void take(const DevicePacket& packet) override {
    const bool in = packet.direction == Direction::in;
    groups_[(in ? 2U : 0U) + (packet.protocol == traffic::Protocol::tcp ? 0U : 1U)].add(packet);
    sizes_[in ? 1 : 0].add(packet.size);
    bursts_.add(packet, !begun_ || packet.time - last_ >= burst_gap);
    ++minutes_[static_cast<std::size_t>((packet.time - bin().begin) / minute)];
    if (packets_++ == 0) first_ = packet.time;
    take_gaps(packet);
    begun_ = true;
    last_direction_ = packet.direction;
    last_ = last_of_[in ? 1 : 0] = packet.time;
    seen_[in ? 1 : 0] = true;
  }
  void take_gaps(const DevicePacket& packet) {
    const std::size_t direction = packet.direction == Direction::in ? 1 : 0;
    if (begun_) {
      const Nanoseconds gap = packet.time - last_;
      const std::size_t length = class_of_gap(gap);
      ++gaps_[any][length];
      if (packet.direction != last_direction_) {
        ++changes_;
        ++gaps_[direction == 1 ? in_after_out : out_after_in][length];
      }
      longest_gap_ = std::max(longest_gap_, packet.time - std::max(last_, bin().begin));
    }
    if (seen_[direction])
      ++gaps_[direction == 1 ? of_in : of_out][class_of_gap(packet.time - last_of_[direction])];
  }
  void put_bin() override {
    put_groups();
    put_sizes();
    for (const auto& counts : gaps_)
      for (const std::uint32_t count : counts) put(count);
    put_bursts();
    put_rhythm_of_minutes();
    const double turn = 2 * std::numbers::pi *
                        seconds((bin().begin + bin().end) / 2 - interval().begin_of_day) /
                        seconds(traffic::day);
    put(std::sin(turn), std::cos(turn));
    for (const std::size_t column : hidden_) row_[column] = 0;
  }
  void begin_bin() override {
    groups_ = {};
    for (Sizes& sizes : sizes_) sizes.clear();
    gaps_ = {};
    bursts_ = {};
    packets_ = changes_ = 0;
    longest_gap_ = 0;
    minutes_.assign(minutes_of_bin(), 0);
  }
  void put_groups() {
    for (const Group& group : groups_)
      put(group.packets, group.mean(), group.smallest, group.largest, seconds(group.last - group.first));
    for (const Group& group : groups_) put(group.bytes, group.deviation());
  }
  void put_sizes() {
    for (Sizes& sizes : sizes_) {
      for (const std::uint32_t count : sizes.by_class) put(count);
      for (const std::uint32_t count : sizes.by_residue) put(count);
      sizes.sort_seen();
      put(sizes.seen.size());
      for (std::size_t i = 0; i < kept_sizes; ++i) {
        const bool there = i < sizes.seen.size();
        put(there ? sizes.seen[i] : 0, there ? sizes.exact[sizes.seen[i]] : 0);
      }
    }
  }
  void put_bursts() {
    const auto count = static_cast<double>(bursts_.begins.size());
    const Rhythm found = rhythm(bursts_.begins);
    put(count, bursts_.most_packets, bursts_.most_bytes,
        count > 0 ? static_cast<double>(bursts_.all_packets) / count : 0);
    put(found.median, found.near, found.variation);
  }
  void put_rhythm_of_minutes() {
    const auto count = static_cast<double>(minutes_.size());
    const double mean = static_cast<double>(packets_) / count;
    double squares = 0;
    for (const std::uint32_t packets : minutes_) squares += (packets - mean) * (packets - mean);
    put(mean > 0 ? squares / count / mean : 0, std::ranges::max(minutes_), std::ranges::count(minutes_, 0U),
        changes_);
    const Nanoseconds length = bin().end - bin().begin, after = packets_ == 0 ? length : bin().end - last_,
                      before = packets_ == 0 ? length : first_ - bin().begin;
    put(seconds(std::max({longest_gap_, before, after})), seconds(before), seconds(after));
  }

  std::vector<std::size_t> hidden_;  ///< columns

  // Of the open bin.
  std::array<Group, 4> groups_;  ///< out_tcp, out_udp, in_tcp, in_udp
  std::array<Sizes, 2> sizes_;   ///< by direction
  std::array<std::array<std::uint32_t, gap_classes>, gap_kinds> gaps_{};
  Bursts bursts_;
  std::vector<std::uint32_t> minutes_;
  std::uint64_t packets_ = 0, changes_ = 0;
  Nanoseconds first_ = 0, longest_gap_ = 0;

  // Of the line.
  bool begun_ = false;
  Direction last_direction_ = Direction::out;
  Nanoseconds last_ = 0;
  std::array<Nanoseconds, 2> last_of_{};
  std::array<bool, 2> seen_{};
};

/// The header says why these.
std::vector<std::string> columns_of_silence() {
  constexpr std::size_t first_long_gap = 11;
  static_assert(gap_classes > first_long_gap);
  std::vector<std::string> names{"longest_silence",      "silence_before", "silence_after",  "minutes_silent",
                                 "burst_median_seconds", "burst_regular",  "burst_variation"};
  for (const char* gap : gap_names)
    for (std::size_t i = first_long_gap; i < gap_classes; ++i)
      names.push_back(std::string(gap) + "_" + std::to_string(i));
  return names;
}

}  // namespace

AggregateView::AggregateView(double minutes, bool silence)
    : bin_(windows::AggregateSettings::make(minutes, 0).bin.count()),
      name_("aggregates of " + minutes_text(minutes) + " min" + (silence ? "" : " without silence")) {
  if (silence) return;
  const std::vector<std::string> names = columns();
  const std::vector<std::string> of_silence = columns_of_silence();
  for (std::size_t c = 0; c < names.size(); ++c)
    if (std::ranges::find(of_silence, names[c]) != of_silence.end()) hidden_.push_back(c);
}

std::vector<std::string> AggregateView::columns() const {
  std::vector<std::string> names(std::begin(windows::aggregate_names), std::end(windows::aggregate_names));
  for (const char* group : {"out_tcp", "out_udp", "in_tcp", "in_udp"})
    for (const char* what : {"_bytes", "_size_deviation"}) names.push_back(std::string(group) + what);
  for (const char* direction : {"out", "in"}) {
    const std::string prefix = std::string(direction) + "_";
    names.push_back(prefix + "size_0");
    for (const std::uint32_t begin : size_begins) names.push_back(prefix + "size_" + std::to_string(begin));
    for (std::size_t i = 0; i < size_residues; ++i) names.push_back(prefix + "size_mod_" + std::to_string(i));
    names.push_back(prefix + "sizes");
    for (std::size_t i = 1; i <= kept_sizes; ++i)
      for (const char* what : {"frequent_size_", "frequent_packets_"})
        names.push_back(prefix + what + std::to_string(i));
  }
  for (const char* gap : gap_names)
    for (std::size_t i = 0; i < gap_classes; ++i) names.push_back(std::string(gap) + "_" + std::to_string(i));
  for (const char* rest :
       {"bursts", "burst_most_packets", "burst_most_bytes", "burst_mean_packets", "burst_median_seconds",
        "burst_regular", "burst_variation", "minute_variance", "minute_most", "minutes_silent",
        "direction_changes", "longest_silence", "silence_before", "silence_after", "day_sine", "day_cosine"})
    names.emplace_back(rest);
  return names;
}

std::unique_ptr<FeatureExtractor> AggregateView::open(const Interval& interval) const {
  return std::make_unique<AggregateEye>(interval, bin_, hidden_);
}

}  // namespace ipet::attack
