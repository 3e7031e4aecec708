#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>

#include "stages/windows/window.hpp"

namespace ipet::windows {

namespace {

[[noreturn]] void refuse(const std::string& who, std::uint32_t slots, double omega, std::uint32_t here,
                         double omega_here) {
  throw std::runtime_error("windows of " + who + " have " + std::to_string(slots) + " slots of " +
                           std::to_string(omega) + " s, those before them " + std::to_string(here) + " of " +
                           std::to_string(omega_here) + " s");
}

template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  if (to.empty())
    to = std::move(from);
  else
    to.insert(to.end(), from.begin(), from.end());
}

/// `values` in the order of `order`, `width` numbers for each position.
template <class T>
void permute(std::vector<T>& values, const std::vector<std::size_t>& order, std::size_t width = 1) {
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (const std::size_t i : order) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * width);
    sorted.insert(sorted.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  values = std::move(sorted);
}

/// By capture, device name, time. Lanes are merged in this order already; then nothing is moved.
void sort_windows(WindowSet& set) {
  std::vector<std::size_t> order(set.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto less = [&set](std::size_t a, std::size_t b) {
    return std::tie(set.capture[a], set.devices[set.device[a]], set.start[a]) <
           std::tie(set.capture[b], set.devices[set.device[b]], set.start[b]);
  };
  if (std::is_sorted(order.begin(), order.end(), less)) return;
  std::stable_sort(order.begin(), order.end(), less);
  permute(set.features, order, set.slots * columns);
  permute(set.silence, order);
  permute(set.start, order);
  permute(set.device, order);
  permute(set.capture, order);
}

}  // namespace

std::vector<std::size_t> WindowSet::per_device() const {
  std::vector<std::size_t> counts(devices.size());
  for (const std::uint16_t d : device) ++counts[d];
  return counts;
}

std::vector<std::string> WindowSet::devices_without_windows() const {
  const std::vector<std::size_t> counts = per_device();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (counts[i] == 0) names.push_back(devices[i]);
  }
  return names;
}

std::uint16_t WindowSet::device_index(const std::string& name) {
  const auto found = std::find(devices.begin(), devices.end(), name);
  if (found == devices.end()) {
    if (devices.size() > std::numeric_limits<std::uint16_t>::max())
      throw std::runtime_error("more than 65,536 devices");
    devices.push_back(name);
    return static_cast<std::uint16_t>(devices.size() - 1);
  }
  return static_cast<std::uint16_t>(found - devices.begin());
}

void WindowSet::add(const WindowBatch& batch) {
  if (slots == 0) {
    slots = batch.slots;
    omega = batch.omega;
  }
  if (batch.slots != slots || batch.omega != omega)
    refuse("'" + *batch.device + "'", batch.slots, batch.omega, slots, omega);
  if (batch.declared_devices && !have_declared_) {
    have_declared_ = true;
    declared_ = *batch.declared_devices;
  }
  if (captures.size() <= batch.capture) captures.resize(batch.capture + std::size_t{1});
  captures[batch.capture] = *batch.capture_name;
  features.insert(features.end(), batch.features.begin(), batch.features.end());
  silence.insert(silence.end(), batch.silence.begin(), batch.silence.end());
  start.insert(start.end(), batch.start.begin(), batch.start.end());
  device.insert(device.end(), batch.start.size(), device_index(*batch.device));
  capture.insert(capture.end(), batch.start.size(), batch.capture);
}

void WindowSet::merge(WindowSet&& other) {
  if (other.slots == 0) return;
  if (slots == 0) {
    slots = other.slots;
    omega = other.omega;
  }
  if (other.slots != slots || other.omega != omega)
    refuse("one part", other.slots, other.omega, slots, omega);
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
  append(features, std::move(other.features));
  append(silence, std::move(other.silence));
  append(start, std::move(other.start));
  append(device, std::move(other.device));
  append(capture, std::move(other.capture));
}

void WindowSet::finish() {
  std::vector<std::string> ordered = declared_;
  std::vector<std::string> others;
  for (const std::string& name : devices) {
    if (std::find(ordered.begin(), ordered.end(), name) == ordered.end()) others.push_back(name);
  }
  std::sort(others.begin(), others.end());
  ordered.insert(ordered.end(), others.begin(), others.end());
  if (ordered.size() > std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1)
    throw std::runtime_error("more than 65,536 devices");
  std::vector<std::uint16_t> renumbered;
  for (const std::string& name : devices) {
    const auto found = std::find(ordered.begin(), ordered.end(), name);
    renumbered.push_back(static_cast<std::uint16_t>(found - ordered.begin()));
  }
  for (std::uint16_t& d : device) d = renumbered[d];
  devices = std::move(ordered);
  sort_windows(*this);
}

std::size_t WindowSet::byte_size() const {
  return sizeof *this + features.capacity() * sizeof(float) + silence.capacity() * sizeof(float) +
         start.capacity() * sizeof(traffic::Nanoseconds) + device.capacity() * sizeof(std::uint16_t) +
         capture.capacity() * sizeof(std::uint32_t);
}

}  // namespace ipet::windows
