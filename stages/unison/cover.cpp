#include "stages/unison/cover.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "pipeline/text/wrapping.hpp"
#include "stages/device_model/model_text.hpp"
#include "stages/pool/pool_facts.hpp"
#include "stages/traffic/day.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::defence {

using device_model::Repertoire;
using traffic::Nanoseconds;
using traffic::StreamKey;

namespace {

/// A moment an hour: what is taken to have come beside what was recorded.
constexpr double rare_moments = 24;

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> days(to - from);
  std::iota(days.begin(), days.end(), from);
  return days;
}

}  // namespace

Cover::Cover(std::shared_ptr<const traffic::Traces> traces, const UnisonOptions& options)
    : options_(options), traces_(std::move(traces)) {
  if (traces_ != nullptr) pool_ = Pool::of(traces_, options.day_offset_hours);
  if (pool_ != nullptr) find_members();
  fit_phantoms();
  read_phantoms();
}

void Cover::find_members() {
  for (std::size_t device = 0; device < traces_->devices.size(); ++device)
    if (std::ranges::any_of(traces_->traces, [&](const traffic::Trace& trace) {
          return trace.device == device && trace.protect && !trace.packets.empty();
        }))
      members_.push_back(device);
}

void Cover::fit_phantoms() {
  for (const std::string& name : options_.phantoms) {
    const std::size_t device = traces_->device_index(name);
    std::vector<std::size_t> days;
    for (std::size_t day = 0; device < traces_->devices.size() && day < pool_->days().size(); ++day)
      if (days.size() < options_.phantom_days && !pool_->packets(device, day).empty()) days.push_back(day);
    if (days.empty())
      throw std::runtime_error("unison: 'phantoms' names '" + name +
                               "', and the pool has no packet of such a device; it has " +
                               text::named(traces_->devices, 12) +
                               ": name one of these, or give a file of its model in 'phantom_models'");
    phantoms_.push_back(
        {Repertoire::of_rest(device_model::fit(*pool_, device, days)),
         traffic::begin_of_day(pool_->days()[days.back()].number + 1, options_.day_offset_hours)});
  }
}

void Cover::read_phantoms() {
  for (const std::filesystem::path& file : options_.phantom_models)
    phantoms_.push_back(
        {Repertoire::of_rest(device_model::read_model(file)), std::numeric_limits<Nanoseconds>::min()});
}

/// Of the youngest days of the pool before that one; null where there is none.
std::shared_ptr<const Repertoire> Cover::events_before(std::int64_t day) const {
  const auto& days = pool_->days();
  const auto past =
      static_cast<std::size_t>(std::ranges::lower_bound(days, day, {}, &PoolDay::number) - days.begin());
  if (past == 0) return nullptr;
  const std::lock_guard lock(mutex_);
  auto& made = events_[past];
  if (made == nullptr) {
    const std::size_t used = options_.pool_days == 0 ? past : std::min(past, options_.pool_days);
    std::vector<device_model::DeviceModel> models;
    for (const std::size_t device : members_)
      models.push_back(device_model::fit(*pool_, device, range(past - used, past)));
    made = Repertoire::of_events(std::move(models), options_.decoys, options_.decoys_per_event);
  }
  return made;
}

/// That of the pool's first day, which is the past of all others.
Nanoseconds Cover::resolution() const {
  const std::size_t first[] = {0};
  return pool_ == nullptr ? traffic::second / 1'000'000 : PoolFacts(*pool_).resolution(first);
}

LineCover Cover::on(std::span<const Line> lines, std::uint64_t seed, Nanoseconds from) const {
  LineCover cover{device_model::ImitatedHome(from, resolution()), {}, members_.size()};
  for (const std::size_t device : members_) cover.devices.push_back(traces_->devices[device]);
  const StreamKey key = StreamKey(seed).with("defence").with("unison");
  if (options_.has_decoys())
    cover.home.add(device_model::moments_source([this](std::int64_t day) { return events_before(day); },
                                                key.with("decoys"), from, options_.day_offset_hours,
                                                options_.decoy_hours, rare_moments, 0),
                   from - traffic::day);
  for (const Phantom& phantom : phantoms_) {
    const device_model::DeviceModel& model = phantom.repertoire->models()[0];
    const std::size_t number = cover.devices.size();
    cover.devices.push_back(model.device);
    const bool there = std::ranges::any_of(lines, [&](const Line& line) {
      return line.device == model.device ||
             std::ranges::find(line.devices, model.device) != line.devices.end();
    });
    if (there && options_.phantom_presence == PhantomPresence::absent) continue;
    const StreamKey own = key.with("phantom").with(model.device).with(number - members_.size());
    cover.home.add(
        device_model::moments_source([repertoire = phantom.repertoire](std::int64_t) { return repertoire; },
                                     own.with("moments"), from, options_.day_offset_hours,
                                     device_model::Hours::own, 0, number),
        phantom.from);
    for (std::size_t timer = 0; timer < model.timers.size(); ++timer)
      cover.home.add(
          device_model::timer_source(phantom.repertoire, timer, own.with("timer").with(timer), from, number),
          phantom.from);
  }
  return cover;
}

Nanoseconds Cover::ready_from() const {
  Nanoseconds ready = std::numeric_limits<Nanoseconds>::min();
  if (options_.has_decoys())
    ready = traffic::begin_of_day(pool_->days().front().number + 1, options_.day_offset_hours);
  for (const Phantom& phantom : phantoms_) ready = std::max(ready, phantom.from);
  return ready;
}

std::vector<std::string> Cover::report() const {
  std::vector<std::string> lines;
  if (options_.has_decoys()) {
    const auto last = events_before(std::numeric_limits<std::int64_t>::max());
    std::vector<std::string> without;
    for (const auto& model : last->models())
      if (std::ranges::none_of(model.bursts, &device_model::Burst::event)) without.push_back(model.device);
    lines.push_back(traffic::number_text(options_.decoys) + " imitated events per device and day" +
                    (options_.decoys_per_event > 0
                         ? ", and " + traffic::number_text(options_.decoys_per_event) + " for each of its own"
                         : "") +
                    (without.empty()
                         ? ""
                         : ", but for those of which the pool has no event: " + text::named(without, 12)));
  }
  for (const Phantom& phantom : phantoms_)
    lines.push_back("a phantom of " + phantom.repertoire->models()[0].device + ": " +
                    std::to_string(phantom.repertoire->models()[0].timers.size()) + " timers, " +
                    traffic::number_text(phantom.repertoire->per_day()) + " moments a day without a timer");
  return lines;
}

}  // namespace ipet::defence
