#include "stages/storage/packed_windows.hpp"

#include <bit>
#include <cstring>

namespace ipet::storage {

namespace {

template <class T>
void put(std::vector<char>& out, const T* values, std::size_t count) {
  const char* bytes = reinterpret_cast<const char*>(values);
  out.insert(out.end(), bytes, bytes + count * sizeof(T));
}

/// Appends the elements of one window that are not zero. Four floats are looked at at once.
void find_elements(const float* features, std::size_t count, std::vector<SparseElement>& found) {
  const auto add = [&](std::size_t i) {
    const auto bytes = std::bit_cast<std::uint32_t>(features[i]);
    if (bytes != 0) found.push_back({static_cast<std::uint32_t>(i), bytes});
  };
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    std::uint64_t four[2];
    std::memcpy(four, features + i, sizeof four);
    if ((four[0] | four[1]) == 0) continue;
    for (std::size_t j = i; j < i + 4; ++j) add(j);
  }
  for (; i < count; ++i) add(i);
}

}  // namespace

void pack_windows(const windows::WindowBatch& batch, std::vector<char>& out) {
  const std::size_t windows = batch.start.size();
  const std::size_t row = std::size_t{batch.slots} * windows::columns;
  std::vector<std::uint32_t> counts;
  std::vector<SparseElement> elements;
  counts.reserve(windows);
  for (std::size_t w = 0; w < windows; ++w) {
    const std::size_t before = elements.size();
    find_elements(batch.features.data() + w * row, row, elements);
    counts.push_back(static_cast<std::uint32_t>(elements.size() - before));
  }
  out.clear();
  put(out, batch.silence.data(), windows);
  put(out, batch.start.data(), windows);
  put(out, counts.data(), counts.size());
  put(out, elements.data(), elements.size());
}

PackedWindows::PackedWindows(std::span<const char> bytes, std::uint32_t windows)
    : bytes_(bytes),
      counts_(windows * (sizeof(double) + sizeof(traffic::Nanoseconds))),
      elements_(counts_ + windows * sizeof(std::uint32_t)) {}

std::span<const SparseElement> PackedWindows::next_row() {
  std::uint32_t count = 0;
  std::memcpy(&count, bytes_.data() + counts_, sizeof count);
  counts_ += sizeof count;
  row_.resize(count);
  if (count > 0) std::memcpy(row_.data(), bytes_.data() + elements_, count * sizeof(SparseElement));
  elements_ += count * sizeof(SparseElement);
  return row_;
}

}  // namespace ipet::storage
