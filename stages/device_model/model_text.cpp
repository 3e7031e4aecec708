#include "stages/device_model/model_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "stages/traffic/device_file.hpp"
#include "stages/traffic/table_reader.hpp"

namespace ipet::device_model {

using traffic::Nanoseconds;
using traffic::TableReader;

namespace {

constexpr Nanoseconds microsecond = 1'000;
constexpr double longest = 366 * 86'400.0;  // s
constexpr std::size_t most_timers = 100, most_bursts = 100'000;
constexpr std::uint32_t largest_payload = 16'000'000;
constexpr Nanoseconds longest_gap = 3'600 * traffic::second;

std::string seconds_text(double seconds) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6f", seconds);
  return text;
}
std::string seconds_text(Nanoseconds time) {
  return seconds_text(static_cast<double>(time) / traffic::second);
}
Nanoseconds nanoseconds(double seconds) {
  return std::llround(seconds * 1e6) * microsecond;
}

std::string packets_text(const Burst& burst) {
  std::string text;
  Nanoseconds exact = 0, written = 0;  // since the first packet, so that rounding does not add up
  for (const BurstPacket& packet : burst.packets) {
    exact += packet.after;
    const Nanoseconds after = (exact - written + microsecond / 2) / microsecond;
    written += after * microsecond;
    if (!text.empty()) text += ' ';
    text += std::to_string(after) + (packet.direction == traffic::Direction::out ? '>' : '<') +
            (packet.protocol == traffic::Protocol::tcp ? 't' : 'u') + std::to_string(packet.size);
  }
  return text;
}

/// A number at the begin of `text`, which it is taken from.
bool take(std::string_view& text, std::uint64_t most, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > most) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}
bool take(std::string_view& text, char a, char b, bool& is_b) {
  if (text.empty() || (text[0] != a && text[0] != b)) return false;
  is_b = text[0] == b;
  text.remove_prefix(1);
  return true;
}

std::optional<BurstPacket> packet_of(std::string_view text) {
  std::uint64_t after = 0, size = 0;
  bool in = false, udp = false;
  if (!take(text, longest_gap / microsecond, after) || !take(text, '>', '<', in) ||
      !take(text, 't', 'u', udp) || !take(text, largest_payload, size) || !text.empty())
    return std::nullopt;
  return BurstPacket{static_cast<Nanoseconds>(after) * microsecond, static_cast<std::uint32_t>(size),
                     in ? traffic::Direction::in : traffic::Direction::out,
                     udp ? traffic::Protocol::udp : traffic::Protocol::tcp};
}

class ModelReader {
 public:
  explicit ModelReader(const toml::table& root) : root_(code, root, "model file") {}

  DeviceModel read() {
    model_.device = root_.text("device");
    if (!traffic::can_name_device(model_.device))
      root_.fail("device", std::string("must be a name: ") + traffic::name_rule);
    for (const traffic::Range& span : root_.ranges("recorded", 0, longest))
      model_.recorded.push_back({nanoseconds(span.low), nanoseconds(span.high)});
    if (model_.recorded.empty()) root_.fail("recorded", "must hold a range at least");
    model_.times = root_.number("times", 0, 1e4, 1);
    for (std::size_t i = 0; i < count("timer", most_timers); ++i) read_timer(root_.table_at("timer", i), i);
    for (std::size_t i = 0; i < count("burst", most_bursts); ++i) read_burst(root_.table_at("burst", i), i);
    root_.finish();
    for (std::size_t timer = 0; timer < model_.timers.size(); ++timer)
      if (std::ranges::none_of(model_.bursts, [&](const Burst& burst) { return burst.timer == timer; }))
        root_.fail("timer", "number " + std::to_string(timer) + " has no burst that it sends");
    return std::move(model_);
  }

 private:
  static constexpr const char* code = "model-file";

  std::size_t count(std::string_view key, std::size_t most) {
    if (!root_.has(key)) return 0;
    const std::size_t size = root_.array(key).size();
    if (size > most) root_.fail(key, "may hold " + std::to_string(most) + " at most");
    return size;
  }
  void read_timer(const toml::table& table, std::size_t number) {
    TableReader reader(code, table, "timer " + std::to_string(number));
    Timer timer;
    timer.period = reader.number("period", 1, longest);
    timer.keeps_time = reader.flag("keeps_time", false);
    timer.jitter = timer.keeps_time ? reader.number("jitter", 0, longest) : 0;
    timer.sent = timer.keeps_time ? reader.number("sent", 1e-3, 1, 1) : 1;
    reader.finish();
    model_.timers.push_back(timer);
  }
  void read_burst(const toml::table& table, std::size_t number) {
    TableReader reader(code, table, "burst " + std::to_string(number));
    Burst burst{.time = nanoseconds(reader.number("at", 0, longest)), .event = reader.flag("event", false)};
    if (!model_.bursts.empty() && burst.time < model_.bursts.back().time)
      reader.fail("at", "is earlier than that of the burst before");
    if (reader.has("timer")) {
      const double timer = reader.number("timer", 0, most_timers);
      if (timer != std::floor(timer) || timer >= static_cast<double>(model_.timers.size()))
        reader.fail("timer", "names none of the " + std::to_string(model_.timers.size()) + " timers");
      burst.timer = static_cast<std::size_t>(timer);
    }
    read_packets(reader, burst);
    reader.finish();
    model_.bursts.push_back(std::move(burst));
  }
  static void read_packets(TableReader& reader, Burst& burst) {
    const std::string text = reader.text("packets");
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      const std::string word = text.substr(at, end - at);
      const auto packet = packet_of(word);
      if (!packet || (burst.packets.empty() && packet->after != 0))
        reader.fail("packets",
                    "has '" + text::shown(word) +
                        "': write each packet as 4200<t60, microseconds since the one before (0 for "
                        "the first), > or <, t or u, and bytes");
      burst.packets.push_back(*packet);
      at = end + 1;
    }
  }

  TableReader root_;
  DeviceModel model_;
};

}  // namespace

std::string text_of(const DeviceModel& model) {
  std::string text = "device = " + traffic::toml_quoted(model.device) + "\nrecorded = [";
  for (const defence::RecordedSpan& span : model.recorded)
    text +=
        (text.back() == '[' ? "[" : ", [") + seconds_text(span.begin) + ", " + seconds_text(span.end) + "]";
  text += "]\ntimes = " + seconds_text(model.times) + "\n";
  for (const Timer& timer : model.timers) {
    text += "\n[[timer]]\nperiod = " + seconds_text(timer.period) + "\n";
    if (timer.keeps_time)
      text += "keeps_time = true\njitter = " + seconds_text(timer.jitter) +
              "\nsent = " + seconds_text(timer.sent) + "\n";
  }
  for (const Burst& burst : model.bursts) {
    text += "\n[[burst]]\nat = " + seconds_text(burst.time) + "\n";
    if (burst.timer) text += "timer = " + std::to_string(*burst.timer) + "\n";
    if (burst.event) text += "event = true\n";
    text += "packets = \"" + packets_text(burst) + "\"\n";
  }
  return text;
}

DeviceModel read_model(const std::filesystem::path& file) {
  return traffic::read_toml(
      file, [](const toml::table& root) { return ModelReader(root).read(); }, largest_model);
}

}  // namespace ipet::device_model
