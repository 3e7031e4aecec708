#include <algorithm>
#include <limits>
#include <stdexcept>

#include "stages/traffic/value_text.hpp"
#include "stages/windows/window.hpp"

namespace ipet::windows {

namespace {

[[noreturn]] void refuse(const std::string& who, std::uint32_t slots, double omega, std::uint32_t here,
                         double omega_here) {
  throw std::runtime_error("windows of " + who + " have " + std::to_string(slots) + " slots of " +
                           traffic::number_text(omega) + " s, those before them " + std::to_string(here) +
                           " of " + traffic::number_text(omega_here) + " s");
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
  add_places(batch);
  add_labels(batch);
  for (const double seconds : batch.silence) silence.push_back(static_cast<float>(seconds));
}

std::size_t WindowSet::store_number(const std::shared_ptr<const FeatureStore>& store) {
  const auto found = std::ranges::find(stores_, store);
  const auto number = static_cast<std::size_t>(found - stores_.begin()) + 1;
  if (number > std::numeric_limits<std::uint16_t>::max())
    throw std::runtime_error("windows of more than 65,535 files");
  if (found == stores_.end()) stores_.push_back(store);
  return number;
}

void WindowSet::spell_out_places() {
  if (!places_.empty()) return;
  places_.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) places_.emplace_back(0, i);
}

void WindowSet::add_places(const WindowBatch& batch) {
  if (batch.store || !stores_.empty()) spell_out_places();
  if (!batch.store) {
    const std::size_t first = row_size() == 0 ? 0 : features.size() / row_size();
    for (std::size_t i = 0; !stores_.empty() && i < batch.start.size(); ++i)
      places_.emplace_back(0, first + i);
    features.insert(features.end(), batch.features.begin(), batch.features.end());
    return;
  }
  const std::size_t store = store_number(batch.store);
  for (std::size_t i = 0; i < batch.start.size(); ++i) places_.emplace_back(store, batch.stored_row + i);
}

void WindowSet::merge(WindowSet&& other) {
  if (other.slots == 0) return;
  if (slots == 0) {
    slots = other.slots;
    omega = other.omega;
  }
  if (other.slots != slots || other.omega != omega)
    refuse("one part", other.slots, other.omega, slots, omega);
  if (!stores_.empty() || !other.stores_.empty()) {
    spell_out_places();
    other.spell_out_places();
    std::vector<std::size_t> renumbered = {0};
    for (const auto& store : other.stores_) renumbered.push_back(store_number(store));
    const std::size_t before = features.size() / row_size();
    for (const Place& place : other.places_)
      places_.emplace_back(renumbered[place.store()], place.row() + (place.store() == 0 ? before : 0));
  }
  append(features, std::move(other.features));
  append(silence, std::move(other.silence));
  merge_labels(std::move(other));
}

void WindowSet::finish() {
  const std::vector<std::size_t> order = finish_labels();
  if (order.empty()) return;
  if (places_.empty())
    permute(features, order, row_size());
  else
    permute(places_, order);
  permute(silence, order);
}

void WindowSet::read(std::span<const std::uint32_t> positions, float* out) const {
  std::vector<std::uint64_t> rows;
  for (std::size_t i = 0; i < positions.size();) {
    if (const float* here = window(positions[i])) {
      std::copy_n(here, row_size(), out + i++ * row_size());
      continue;
    }
    // As long a run of one store as there is, ascending as it wants them.
    const std::size_t begin = i;
    const Place& first = places_[positions[begin]];
    rows.clear();
    for (; i < positions.size(); ++i) {
      const Place& place = places_[positions[i]];
      if (place.store() != first.store() || (!rows.empty() && place.row() <= rows.back())) break;
      rows.push_back(place.row());
    }
    stores_[first.store() - 1]->read(rows, out + begin * row_size());
  }
}

std::size_t WindowSet::byte_size() const {
  return sizeof *this + features.capacity() * sizeof(float) + silence.capacity() * sizeof(float) +
         places_.capacity() * sizeof(Place) + label_bytes();
}

}  // namespace ipet::windows
