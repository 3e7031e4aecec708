#include "stages/files/directory.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "pipeline/text/lists.hpp"
#include "stages/files/error.hpp"

namespace ipet::storage {

void Directory::add(std::uint32_t capture, const std::string& capture_name, const std::string& device,
                    const DeclaredDevices& declared) {
  names_.insert(device);
  capture_numbers_.try_emplace({capture, capture_name}, 0);
  if (declared == nullptr || declared == last_declared_) return;
  last_declared_ = declared;
  declared_.insert(*declared);
}

void Directory::add(const traffic::CaptureSummary& summary) {
  capture_numbers_.try_emplace({summary.capture, summary.capture_name}, 0);
  for (const traffic::DeviceTotals& device : summary.devices) names_.insert(device.device);
  summaries_.push_back(summary);
}

std::vector<std::uint32_t> Directory::capture_order() const {
  return text::mapped(capture_numbers_, [](const auto& each) { return each.first.first; });
}

void Directory::finish(const std::string& shown) {
  const auto number = [&](const std::string& name) {
    if (device_numbers_.try_emplace(name, static_cast<std::uint16_t>(devices_.size())).second)
      devices_.push_back(name);
    if (devices_.size() > std::numeric_limits<std::uint16_t>::max())
      throw StorageError(shown + ": more than 65535 devices");
  };
  for (const std::vector<std::string>& list : declared_) std::for_each(list.begin(), list.end(), number);
  declared_count_ = devices_.size();
  std::for_each(names_.begin(), names_.end(), number);
  for (auto& [capture, row] : capture_numbers_) {
    row = static_cast<std::uint32_t>(capture_names_.size());
    capture_names_.push_back(capture.second);
  }
  const auto order = [](const traffic::CaptureSummary& s) {
    return std::tuple(s.capture, std::string_view(s.capture_name), s.unknown_packets, s.left_out.total());
  };
  std::ranges::stable_sort(summaries_, [&](const auto& a, const auto& b) { return order(a) < order(b); });
}

}  // namespace ipet::storage
