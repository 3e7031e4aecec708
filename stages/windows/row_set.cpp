#include "stages/windows/row_set.hpp"

#include <limits>
#include <numeric>
#include <stdexcept>

namespace ipet::windows {

namespace {

constexpr std::size_t most_devices = std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1;

void check_device_count(std::size_t count) {
  if (count > most_devices) throw std::runtime_error("more than 65,536 devices");
}

}  // namespace

std::vector<std::size_t> RowSet::per_device() const {
  std::vector<std::size_t> counts(devices.size());
  for (const std::uint16_t d : device) ++counts.at(d);
  return counts;
}

std::uint16_t RowSet::device_index(const std::string& name) {
  const auto found = std::find(devices.begin(), devices.end(), name);
  const auto index = static_cast<std::uint16_t>(found - devices.begin());
  if (found == devices.end()) {
    check_device_count(devices.size() + 1);
    devices.push_back(name);
  }
  return index;
}

void RowSet::declare(const std::shared_ptr<const std::vector<std::string>>& declared) {
  if (!declared || have_declared_) return;
  have_declared_ = true;
  declared_ = *declared;
}

void RowSet::add_labels(std::uint32_t capture_number, const std::string& capture_name,
                        const std::string& device_name, const std::vector<traffic::Nanoseconds>& starts) {
  if (captures.size() <= capture_number) captures.resize(capture_number + std::size_t{1});
  captures[capture_number] = capture_name;
  start.insert(start.end(), starts.begin(), starts.end());
  device.insert(device.end(), starts.size(), device_index(device_name));
  capture.insert(capture.end(), starts.size(), capture_number);
}

void RowSet::merge_labels(RowSet&& other) {
  if (!have_declared_) {
    have_declared_ = other.have_declared_;
    declared_ = std::move(other.declared_);
  }
  std::vector<std::uint16_t> renumbered;
  for (const std::string& name : other.devices) renumbered.push_back(device_index(name));
  for (std::uint16_t& d : other.device) d = renumbered[d];
  if (captures.size() < other.captures.size()) captures.resize(other.captures.size());
  for (std::size_t i = 0; i < other.captures.size(); ++i) {
    if (!other.captures[i].empty()) captures[i] = std::move(other.captures[i]);
  }
  append(start, std::move(other.start));
  append(device, std::move(other.device));
  append(capture, std::move(other.capture));
}

void RowSet::number_devices() {
  std::vector<std::string> ordered = declared_;
  std::vector<std::string> others;
  for (const std::string& name : devices) {
    if (std::find(ordered.begin(), ordered.end(), name) == ordered.end()) others.push_back(name);
  }
  std::sort(others.begin(), others.end());
  ordered.insert(ordered.end(), others.begin(), others.end());
  check_device_count(ordered.size());
  std::vector<std::uint16_t> renumbered;
  for (const std::string& name : devices) {
    const auto found = std::find(ordered.begin(), ordered.end(), name);
    renumbered.push_back(static_cast<std::uint16_t>(found - ordered.begin()));
  }
  for (std::uint16_t& d : device) d = renumbered[d];
  devices = std::move(ordered);
}

std::vector<std::size_t> RowSet::finish_labels() {
  number_devices();
  std::vector<std::size_t> order(size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto less = [this](std::size_t a, std::size_t b) {
    return std::tie(capture[a], devices[device[a]], start[a]) <
           std::tie(capture[b], devices[device[b]], start[b]);
  };
  if (std::is_sorted(order.begin(), order.end(), less)) return {};
  std::stable_sort(order.begin(), order.end(), less);
  permute(start, order);
  permute(device, order);
  permute(capture, order);
  return order;
}

std::size_t RowSet::label_bytes() const {
  return start.capacity() * sizeof(traffic::Nanoseconds) + device.capacity() * sizeof(std::uint16_t) +
         capture.capacity() * sizeof(std::uint32_t);
}

}  // namespace ipet::windows
