#include "stages/device_model/device_models.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "pipeline/text/wrapping.hpp"
#include "stages/device_model/model_text.hpp"
#include "stages/files/output_file.hpp"

namespace ipet::device_model {

namespace {

/// Devices of the pool that have packets on those days, of those that are wanted.
std::vector<std::size_t> chosen(const defence::Pool& pool, std::span<const std::size_t> days,
                                const std::vector<std::string>& wanted) {
  std::vector<std::size_t> found;
  for (std::size_t device = 0; device < pool.devices().size(); ++device) {
    const bool named = wanted.empty() || std::ranges::find(wanted, pool.devices()[device]) != wanted.end();
    if (named && std::ranges::any_of(days, [&](auto day) { return !pool.packets(device, day).empty(); }))
      found.push_back(device);
  }
  for (const std::string& name : wanted)
    if (std::ranges::none_of(found, [&](std::size_t device) { return pool.devices()[device] == name; }))
      throw std::runtime_error(
          "'devices' names '" + name +
          "', which says nothing in the recordings of the days that are used; they are of " +
          text::named(pool.devices(), 12));
  return found;
}

}  // namespace

std::vector<std::filesystem::path> write_models(const std::shared_ptr<const traffic::Traces>& traces,
                                                const DeviceModelsOptions& options,
                                                const std::function<void()>& check,
                                                const storage::Publisher& publish) {
  const auto pool = defence::Pool::of(traces, options.day_offset_hours);
  const std::size_t all = pool->days().size();
  std::vector<std::size_t> days(options.days == 0 ? all : std::min(all, options.days));
  std::iota(days.begin(), days.end(), std::size_t{0});
  storage::Staging staging(options.folder, options.folder.string());
  storage::CompleteFiles complete;
  std::vector<std::filesystem::path> files;
  for (const std::size_t device : chosen(*pool, days, options.devices)) {
    check();
    files.push_back(options.folder / (pool->devices()[device] + ".toml"));
    storage::OutputFile file(files.back(), staging);
    file.write("# What a device does: see stages/device_model/model_text.hpp.\n");
    const std::string text = text_of(abridged(fit(*pool, device, days), options.beats, options.packets));
    if (text.size() > largest_model)
      throw std::runtime_error("the model of '" + pool->devices()[device] + "' would have " +
                               std::to_string(text.size()) + " bytes, and one may have " +
                               std::to_string(largest_model) +
                               ": take fewer 'days', 'beats' or 'packets' of it");
    file.write(text);
    file.hand_over(complete);
  }
  if (files.empty()) throw std::runtime_error("there are no packets of any device to make a model of");
  publish(options.folder, complete);
  std::ranges::sort(files);
  return files;
}

}  // namespace ipet::device_model
