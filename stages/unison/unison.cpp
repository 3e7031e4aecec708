#include "stages/unison/unison.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

#include "pipeline/text/wrapping.hpp"
#include "stages/defence/overhead.hpp"
#include "stages/defence/periods.hpp"
#include "stages/defence/topology.hpp"
#include "stages/traffic/value_text.hpp"
#include "stages/unison/cover.hpp"
#include "stages/unison/line_sets.hpp"

namespace ipet::defence {

using traffic::Nanoseconds;

Nanoseconds transmission_time(std::uint64_t wire_bytes, double link_rate) {
  return static_cast<Nanoseconds>(std::ceil(8'000 * static_cast<double>(wire_bytes) / link_rate));
}

std::pair<std::string, std::string> UnisonOptions::fault() const {
  std::set<std::string> seen;
  for (const auto& set : sets) {
    if (set.size() < 2)
      return {"sets",
              "a set of one device protects nothing: write sets as [[\"cam-1\", \"cam-2\"], [\"bulb\", "
              "\"lock\"]]"};
    for (const std::string& device : set)
      if (!seen.insert(device).second)
        return {"sets", "device '" + device + "' stands there twice: a line belongs to one set"};
  }
  if (transfers == Transfers::alone && budget <= 0)
    return {"transfers", "'alone' is for what is beyond a 'budget', and there is none"};
  if (!sets.empty() && budget > 0 && transfers == Transfers::copied)
    return {"budget", "has no effect beside 'sets' but with transfers = \"alone\": leave one of them out"};
  return {};
}

namespace {

/// What a member may still have copied.
class Allowance {
 public:
  explicit Allowance(double bytes_per_second)
      : rate_(bytes_per_second / static_cast<double>(traffic::second)), most_(bytes_per_second * 86'400) {}

  [[nodiscard]] bool take(Nanoseconds time, std::uint32_t bytes) {
    if (!begun_) left_ = most_;
    if (begun_) left_ = std::min(most_, left_ + rate_ * static_cast<double>(time - at_));
    begun_ = true;
    at_ = time;
    if (left_ < bytes) return false;
    left_ -= bytes;
    return true;
  }

 private:
  double rate_, most_, left_ = 0;
  bool begun_ = false;
  Nanoseconds at_ = 0;
};

class UnisonGroup final : public Group {
 public:
  /// `cover`: null where nothing is imitated.
  UnisonGroup(const UnisonOptions& options, LineSets sets, std::span<const Line> lines,
              traffic::StreamKey key, std::uint64_t seed, std::shared_ptr<const Cover> cover)
      : options_(options),
        sets_(std::move(sets)),
        lines_(lines.begin(), lines.end()),
        random_(key),
        seed_(seed),
        models_(std::move(cover)),
        allowances_(lines.size(), Allowance(options.budget)),
        exposed_(lines.size()) {}

  void begin(Nanoseconds time) override {
    if (models_ != nullptr) cover_.emplace(models_->on(lines_, seed_, time));
  }
  void arrive(const LinePacket& event) override {
    if (!cover_) begin(event.packet.time);
    send(event.packet,
         may_be_copied(event) ? sets_.at(event.packet.time, event.line) : LineSets::Set{event.line},
         event.line);
  }
  bool next(Nanoseconds until, LinePacket& packet) override {
    while (waiting_.empty() || waiting_.front().packet.time >= until)
      if (!imitate(until)) return false;
    packet = waiting_.front();
    waiting_.pop_front();
    return true;
  }
  [[nodiscard]] Nanoseconds due() const override {
    const Nanoseconds imitated = cover_ ? cover_->home.due() : CoverSchedule::never;
    return waiting_.empty() ? imitated : std::min(imitated, waiting_.front().packet.time);
  }
  [[nodiscard]] Nanoseconds ends_at(Nanoseconds end) const override { return std::max(end, free_); }
  [[nodiscard]] bool endless() const override { return models_ != nullptr; }
  void rest() override { cover_.reset(); }
  [[nodiscard]] std::uint64_t exposed_minutes(std::size_t line) const override {
    return exposed_[line].minutes;
  }

 private:
  struct Exposure {
    std::uint64_t minutes = 0;
    Nanoseconds last = std::numeric_limits<Nanoseconds>::min();  ///< minute
  };

  /// Copies on all these lines, of which that of `user` is none.
  void send(const traffic::DevicePacket& packet, LineSets::Set order, std::optional<std::size_t> user) {
    for (std::size_t left = order.size(); left > 1; --left)
      std::swap(order[left - 1], order[random_.below(left)]);
    const Nanoseconds step = transmission_time(wire_bytes(packet), options_.link_rate);
    free_ = std::max(free_, packet.time);
    for (const std::size_t line : order) {
      LinePacket copy{line, packet};
      copy.packet.time = free_;
      copy.packet.dummy = line != user;
      copy.user_bytes = copy.packet.dummy ? 0 : copy.packet.size;
      waiting_.push_back(copy);
      free_ += step;
    }
  }
  /// Sends the next packet of decoys and phantoms that is due before `until`; false when there is none.
  bool imitate(Nanoseconds until) {
    device_model::ImitatedPacket imitated;
    while (cover_ && cover_->home.next(until, imitated)) {
      const LineSets::Set* const lines = lines_of(imitated);
      if (lines == nullptr) continue;
      send(imitated.packet, *lines, std::nullopt);
      return true;
    }
    return false;
  }
  /// Null for a decoy of a device that is not there. A phantom has decoys as members have.
  const LineSets::Set* lines_of(const device_model::ImitatedPacket& imitated) {
    const std::string& device = cover_->devices[imitated.device];
    const Nanoseconds time = imitated.packet.time;
    const bool decoy = imitated.device < cover_->phantoms_from;
    const auto own = std::ranges::find(lines_, device, &Line::device);
    if (decoy && own != lines_.end()) return &sets_.at(time, static_cast<std::size_t>(own - lines_.begin()));
    const bool phantom = !decoy || std::ranges::find(options_.phantoms, device) != options_.phantoms.end();
    const bool shared = lines_.size() == 1 && lines_[0].device == home_line;
    return phantom || shared ? &sets_.of(time, device) : nullptr;
  }

  bool may_be_copied(const LinePacket& event) {
    if (options_.transfers == Transfers::copied ||
        allowances_[event.line].take(event.packet.time, event.packet.size))
      return true;
    Exposure& exposure = exposed_[event.line];
    const Nanoseconds minute = period_begin(event.packet.time, 60 * traffic::second);
    if (std::exchange(exposure.last, minute) != minute) ++exposure.minutes;
    return false;
  }

  UnisonOptions options_;
  LineSets sets_;
  std::vector<Line> lines_;
  traffic::Random random_;
  std::uint64_t seed_;
  std::shared_ptr<const Cover> models_;
  std::optional<LineCover> cover_;                              ///< while the lines are up
  std::vector<Allowance> allowances_;                           ///< by line
  std::vector<Exposure> exposed_;                               ///< by line
  std::deque<LinePacket> waiting_;                              ///< in time order
  Nanoseconds free_ = std::numeric_limits<Nanoseconds>::min();  ///< the link, from then on
};

}  // namespace

Unison::Unison(UnisonOptions options) : options_(std::move(options)) {}

std::shared_ptr<const PlannedSets> Unison::planned(const Resources& resources) const {
  if (!plans()) return nullptr;
  const auto pool = resources.get<traffic::Traces>("pool");
  if (pool == nullptr)
    throw std::runtime_error(
        "the defence 'unison' plans sets within its 'budget' by what devices sent on past days: connect the "
        "input 'pool', or name the 'sets'");
  const std::lock_guard lock(mutex_);
  if (planned_ == nullptr || planned_->traces() != pool)
    planned_ = std::make_shared<const PlannedSets>(pool, options_);
  return planned_;
}

std::shared_ptr<const Cover> Unison::cover(const Resources& resources) const {
  if (!options_.imitates()) return nullptr;
  const bool fitted = options_.has_decoys() || !options_.phantoms.empty();
  const auto pool = fitted ? resources.get<traffic::Traces>("pool") : nullptr;
  if (fitted && (pool == nullptr || pool->item_count() == 0))
    throw std::runtime_error(std::string("the defence 'unison' imitates ") +
                             (options_.has_decoys() ? "events ('decoys')" : "devices ('phantoms')") +
                             " that were recorded on past days: connect the input 'pool'" +
                             (options_.has_decoys() ? "" : ", or give files of models ('phantom_models')"));
  const std::lock_guard lock(mutex_);
  if (cover_ == nullptr || cover_->traces() != pool) cover_ = std::make_shared<const Cover>(pool, options_);
  return cover_;
}

void Unison::check(const Resources& resources) const {
  (void)planned(resources);
  (void)cover(resources);
}

traffic::Nanoseconds Unison::ready_from(const Resources& resources) const {
  const auto imitated = cover(resources);
  return imitated == nullptr ? Defence::ready_from(resources) : imitated->ready_from();
}

std::vector<std::string> Unison::report(const Resources& resources) const {
  std::vector<std::string> lines;
  if (const auto sets = planned(resources); sets != nullptr)
    lines = sets->report();
  else if (options_.sets.empty())
    lines.emplace_back("all devices form one set");
  for (const auto& set : options_.sets) {
    std::string names;
    for (const std::string& name : set) names += (names.empty() ? "" : ", ") + name;
    lines.push_back("a set: " + names);
  }
  lines.emplace_back(
      "lines of a set carry the same packets in the same order, so that who watches them cannot tell which "
      "device is behind which; what the members of a set do together is seen as without a defence");
  if (const auto imitated = cover(resources); imitated != nullptr)
    std::ranges::copy(imitated->report(), std::back_inserter(lines));
  const double full = static_cast<double>(transmission_time(1'514, options_.link_rate)) / 1e3;
  lines.push_back("on a link of " + traffic::number_text(options_.link_rate) +
                  " Mbit/s the copies of a full packet (1,514 bytes) leave " + traffic::number_text(full) +
                  " us apart");
  return lines;
}

std::unique_ptr<Group> Unison::group(const Resources& resources, std::span<const Line> lines) const {
  std::vector<std::string> devices;
  for (const Line& line : lines) devices.push_back(line.device);
  for (const auto& set : options_.sets)
    for (const std::string& name : set)
      if (std::ranges::find(devices, name) == devices.end() &&
          std::ranges::find(options_.phantoms, name) == options_.phantoms.end())
        throw std::runtime_error(
            "unison: 'sets' names the device '" + name +
            "', which is none of those that are to be protected: " + text::named(devices, 12));
  // Whose packet it is decides nothing about the order of lines, nor does which line is named first.
  const traffic::StreamKey key = lines.front().key(resources, "unison");
  return std::make_unique<UnisonGroup>(options_, LineSets(lines, options_, planned(resources)), lines, key,
                                       resources.seed, cover(resources));
}

}  // namespace ipet::defence
