#include <stdexcept>

#include "stages/windows/window.hpp"

namespace ipet::windows {

namespace {

[[noreturn]] void refuse(const std::string& who, std::uint32_t slots, double omega, std::uint32_t here,
                         double omega_here) {
  throw std::runtime_error("windows of " + who + " have " + std::to_string(slots) + " slots of " +
                           std::to_string(omega) + " s, those before them " + std::to_string(here) + " of " +
                           std::to_string(omega_here) + " s");
}

}  // namespace

std::vector<std::string> WindowSet::devices_without_windows() const {
  const std::vector<std::size_t> counts = per_device();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (counts[i] == 0) names.push_back(devices[i]);
  }
  return names;
}

void WindowSet::add(const WindowBatch& batch) {
  if (slots == 0) {
    slots = batch.slots;
    omega = batch.omega;
  }
  if (batch.slots != slots || batch.omega != omega)
    refuse("'" + *batch.device + "'", batch.slots, batch.omega, slots, omega);
  add_labels(batch);
  features.insert(features.end(), batch.features.begin(), batch.features.end());
  silence.insert(silence.end(), batch.silence.begin(), batch.silence.end());
}

void WindowSet::merge(WindowSet&& other) {
  if (other.slots == 0) return;
  if (slots == 0) {
    slots = other.slots;
    omega = other.omega;
  }
  if (other.slots != slots || other.omega != omega)
    refuse("one part", other.slots, other.omega, slots, omega);
  append(features, std::move(other.features));
  append(silence, std::move(other.silence));
  merge_labels(std::move(other));
}

void WindowSet::finish() {
  const std::vector<std::size_t> order = finish_labels();
  if (order.empty()) return;
  permute(features, order, slots * columns);
  permute(silence, order);
}

std::size_t WindowSet::byte_size() const {
  return sizeof *this + features.capacity() * sizeof(float) + silence.capacity() * sizeof(float) +
         label_bytes();
}

}  // namespace ipet::windows
