#include "stages/dataset/dataset.hpp"

#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "pipeline/text/wrapping.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {
namespace {

std::vector<std::string> devices_where(const windows::RowSet& rows, bool with_rows) {
  const std::vector<std::size_t> counts = rows.per_device();
  std::vector<std::string> names;
  for (std::size_t d = 0; d < counts.size(); ++d)
    if ((counts[d] > 0) == with_rows) names.push_back(rows.devices[d]);
  return names;
}

}  // namespace

LabelledWindows::LabelledWindows(const Dataset& other) : Dataset(other), features(size() * row_size()) {
  other.read(0, size(), features.data());
  silence.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) silence.push_back(other.silence_of(i));
}

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

std::vector<std::string> classes_of(const windows::RowSet& rows) {
  return devices_where(rows, true);
}

std::vector<std::string> devices_without_windows(const windows::RowSet& rows) {
  return devices_where(rows, false);
}

std::string join(const std::vector<std::string>& names) {
  return text::named(names, 12);
}

std::vector<std::size_t> subsample(const windows::RowSet& rows, std::size_t max_per_device,
                                   std::uint64_t seed, std::vector<std::string>& limited) {
  std::vector<std::size_t> all(rows.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (max_per_device == 0) return all;
  std::vector<std::vector<std::pair<std::uint64_t, std::size_t>>> ranked(rows.devices.size());
  const traffic::StreamKey key = traffic::StreamKey(seed).with("subsample");
  for (const std::size_t i : all) {
    const traffic::StreamKey row = key.with(rows.devices.at(rows.device[i]))
                                       .with(rows.captures.at(rows.capture[i]))
                                       .with(static_cast<std::uint64_t>(rows.start[i]));
    ranked[rows.device[i]].emplace_back(row.word(), i);
  }
  std::vector<std::size_t> chosen;
  for (std::size_t d = 0; d < ranked.size(); ++d) {
    if (ranked[d].size() > max_per_device) {
      limited.push_back(rows.devices[d]);
      std::sort(ranked[d].begin(), ranked[d].end());
      ranked[d].resize(max_per_device);
    }
    for (const auto& [rank, i] : ranked[d]) chosen.push_back(i);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<std::uint16_t> class_labels(const windows::RowSet& rows,
                                        const std::vector<std::string>& classes) {
  std::vector<std::uint16_t> label(rows.devices.size(), no_class);
  for (std::size_t d = 0; d < rows.devices.size(); ++d) {
    const auto found = std::find(classes.begin(), classes.end(), rows.devices[d]);
    if (found != classes.end()) label[d] = static_cast<std::uint16_t>(found - classes.begin());
  }
  return label;
}

ChosenWindows choose(const windows::WindowSet& windows, const std::vector<std::size_t>& chosen,
                     const std::vector<std::string>& classes, std::size_t& unknown) {
  if (windows.size() > std::numeric_limits<std::uint32_t>::max())
    throw std::runtime_error("more than 4,294,967,295 windows");
  const std::vector<std::uint16_t> label = class_labels(windows, classes);
  ChosenWindows result;
  result.slots = windows.slots;
  result.set = &windows;
  for (const std::size_t i : chosen) {
    const std::uint16_t of_window = label.at(windows.device.at(i));
    if (of_window == no_class) {
      ++unknown;
      continue;
    }
    result.label.push_back(of_window);
    result.position.push_back(static_cast<std::uint32_t>(i));
  }
  return result;
}

LabelledWindows gather(const windows::WindowSet& windows, const std::vector<std::size_t>& chosen,
                       const std::vector<std::string>& classes, std::size_t& unknown) {
  return LabelledWindows(choose(windows, chosen, classes, unknown));
}

}  // namespace ipet::fingerprint
