#include "stages/fingerprint/dataset.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {
namespace {

std::vector<std::size_t> count_per_device(const windows::WindowSet& windows) {
  std::vector<std::size_t> counts(windows.devices.size());
  for (const std::uint16_t device : windows.device) ++counts.at(device);
  return counts;
}

std::vector<std::string> devices_where(const windows::WindowSet& windows, bool with_windows) {
  const std::vector<std::size_t> counts = count_per_device(windows);
  std::vector<std::string> names;
  for (std::size_t d = 0; d < counts.size(); ++d)
    if ((counts[d] > 0) == with_windows) names.push_back(windows.devices[d]);
  return names;
}

}  // namespace

void LabelledWindows::append(const float* window, float window_silence, std::uint16_t window_label) {
  features.insert(features.end(), window, window + row_size());
  silence.push_back(window_silence);
  label.push_back(window_label);
}

void LabelledWindows::append(const LabelledWindows& other) {
  features.insert(features.end(), other.features.begin(), other.features.end());
  silence.insert(silence.end(), other.silence.begin(), other.silence.end());
  label.insert(label.end(), other.label.begin(), other.label.end());
}

std::vector<std::string> classes_of(const windows::WindowSet& windows) {
  return devices_where(windows, true);
}

std::vector<std::string> devices_without_windows(const windows::WindowSet& windows) {
  return devices_where(windows, false);
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::size_t> subsample(const windows::WindowSet& windows, std::size_t max_per_device,
                                   std::uint64_t seed, std::vector<std::string>& limited) {
  std::vector<std::size_t> all(windows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (max_per_device == 0) return all;
  std::vector<std::vector<std::pair<std::uint64_t, std::size_t>>> ranked(windows.devices.size());
  const traffic::StreamKey key = traffic::StreamKey(seed).with("subsample");
  for (const std::size_t i : all) {
    const traffic::StreamKey window = key.with(windows.devices.at(windows.device[i]))
                                          .with(windows.captures.at(windows.capture[i]))
                                          .with(static_cast<std::uint64_t>(windows.start[i]));
    ranked[windows.device[i]].emplace_back(window.word(), i);
  }
  std::vector<std::size_t> chosen;
  for (std::size_t d = 0; d < ranked.size(); ++d) {
    if (ranked[d].size() > max_per_device) {
      limited.push_back(windows.devices[d]);
      std::sort(ranked[d].begin(), ranked[d].end());
      ranked[d].resize(max_per_device);
    }
    for (const auto& [rank, i] : ranked[d]) chosen.push_back(i);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

LabelledWindows gather(const windows::WindowSet& windows, const std::vector<std::size_t>& chosen,
                       const std::vector<std::string>& classes, std::size_t& unknown) {
  constexpr std::uint16_t none = std::numeric_limits<std::uint16_t>::max();
  std::vector<std::uint16_t> label(windows.devices.size(), none);
  for (std::size_t d = 0; d < windows.devices.size(); ++d) {
    const auto found = std::find(classes.begin(), classes.end(), windows.devices[d]);
    if (found != classes.end()) label[d] = static_cast<std::uint16_t>(found - classes.begin());
  }
  LabelledWindows result;
  result.slots = windows.slots;
  result.features.reserve(chosen.size() * result.row_size());
  for (const std::size_t i : chosen) {
    const std::uint16_t of_window = label.at(windows.device.at(i));
    if (of_window == none)
      ++unknown;
    else
      result.append(windows.window(i), windows.silence[i], of_window);
  }
  return result;
}

}  // namespace ipet::fingerprint
