#include "stages/detection/presence.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/wrapping.hpp"

namespace ipet::detection {

using comparison::Lines;
using comparison::WatchedLine;
using traffic::Nanoseconds;
using traffic::StreamKey;

namespace {

/// Which of a product's devices are in a home.
std::vector<bool> drawn(std::size_t devices, StreamKey key) {
  traffic::Random random(key);
  std::vector<bool> in(devices, false);
  if (random.uniform() >= 0.5) return in;
  while (std::ranges::none_of(in, [](bool each) { return each; }))
    for (std::size_t device = 0; device < devices; ++device) in[device] = random.uniform() < 0.5;
  return in;
}

/// Devices that say nothing on any day for testing: whether they are there, nobody can see then.
std::vector<std::string> silent_devices(const Lines& lines) {
  std::set<std::string> silent;
  for (const std::size_t i : lines.with(comparison::Role::test)) silent.insert(lines.lines[i].device);
  for (const std::size_t i : lines.with(comparison::Role::test))
    if (!lines.lines[i].packets.empty()) silent.erase(lines.lines[i].device);
  return {silent.begin(), silent.end()};
}

}  // namespace

std::pair<std::string, std::string> fault(const comparison::ComparisonInputs& inputs,
                                          const PresenceOptions& options) {
  const DetectionOptions& all = options;
  if (auto found = fault(inputs, all); !found.second.empty()) return found;
  if (options.homes == 0) return {"homes", "must be at least 1"};
  std::set<std::string> named;
  for (const std::vector<std::string>& product : options.products) {
    if (product.empty()) return {"products", "a product needs a device"};
    for (const std::string& device : product)
      if (!named.insert(device).second)
        return {"products", "'" + device + "' is there twice; a device belongs to one product"};
  }
  return {};
}

PresenceGame::PresenceGame(const Lines& lines, const PresenceOptions& options)
    : homes_(options.homes), products_(options.products) {
  std::set<std::string> left;
  for (const WatchedLine& line : lines.lines) left.insert(line.device);
  for (const std::vector<std::string>& product : products_)
    for (const std::string& device : product)
      if (left.erase(device) == 0)
        throw std::invalid_argument("products: there is no device '" + device +
                                    "' with packets that is to be protected");
  for (const std::string& device : lines.classes)
    if (left.contains(device)) products_.push_back({device});
  for (const std::vector<std::string>& product : products_) names_.push_back(text::joined(product, " | "));
  if (const auto silent = silent_devices(lines); !silent.empty())
    notes_.push_back("say nothing on the days for testing, so that nobody can see whether they are there: " +
                     text::named(silent, 12));
}

evaluation::DetectionReport PresenceGame::description() const {
  evaluation::DetectionReport report;
  report.game = "presence";
  report.about = "which products are in a home, each with probability 0.5, seen on its one tunnel?";
  report.target = "product";
  report.notes = notes_;
  return report;
}

Scene PresenceGame::scene(const Lines& lines, StreamKey key) const {
  Scene scene{lines, {}};
  scene.lines.lines.clear();
  std::vector<std::vector<bool>> present;  // [line][product]
  for (std::uint32_t home = 0; home < homes_; ++home) {
    Lines one = lines;
    std::map<std::pair<std::uint32_t, Nanoseconds>, std::vector<bool>> in;  // [product], by capture and day
    for (std::size_t product = 0; product < products_.size(); ++product)
      for (WatchedLine& line : one.lines) {
        const auto at = std::ranges::find(products_[product], line.device);
        if (at == products_[product].end()) continue;
        const Nanoseconds day = line.interval.begin_of_day;
        const std::vector<bool> devices = drawn(
            products_[product].size(),
            key.with(home).with(line.capture).with(static_cast<std::uint64_t>(day)).with(names_[product]));
        std::vector<bool>& products =
            in.try_emplace({line.capture, day}, products_.size(), false).first->second;
        if (std::ranges::find(devices, true) != devices.end()) products[product] = true;
        if (!devices[static_cast<std::size_t>(at - products_[product].begin())]) line.packets = {};
      }
    comparison::share_one_line(one);
    for (WatchedLine& line : one.lines) {
      present.push_back(in.at({line.capture, line.interval.begin_of_day}));
      line.capture = static_cast<std::uint32_t>(present.size() - 1);
      scene.lines.lines.push_back(std::move(line));
    }
    scene.lines.merged.insert(scene.lines.merged.end(), one.merged.begin(), one.merged.end());
    scene.lines.classes = one.classes;
  }
  scene.truth = [present = std::make_shared<const std::vector<std::vector<bool>>>(std::move(present))](
                    std::size_t product, std::size_t line, Nanoseconds) {
    return (*present)[line][product] ? Answer::yes : Answer::no;
  };
  return scene;
}

evaluation::DetectionReport find_presence(const comparison::ComparisonInputs& inputs,
                                          const PresenceOptions& options, fingerprint::Observer& observer) {
  if (const auto [option, reason] = fault(inputs, options); !reason.empty())
    throw std::invalid_argument(option + ": " + reason);
  const Lines lines = lines_of_devices(inputs, options);
  return play(PresenceGame(lines, options), lines, inputs, options, observer);
}

}  // namespace ipet::detection
