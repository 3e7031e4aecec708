#include <stdexcept>

#include "stages/windows/aggregate.hpp"

namespace ipet::windows {

namespace {

void check_bin(const std::string& who, double bin, double here) {
  if (bin != here)
    throw std::runtime_error("aggregates of " + who + " span " + std::to_string(bin) +
                             " s, those before them " + std::to_string(here) + " s");
}

}  // namespace

void AggregateSet::add(const AggregateBatch& batch) {
  if (bin == 0) bin = batch.bin;
  check_bin("'" + *batch.device + "'", batch.bin, bin);
  add_labels(batch);
  features.insert(features.end(), batch.features.begin(), batch.features.end());
}

void AggregateSet::merge(AggregateSet&& other) {
  if (other.bin == 0) return;
  if (bin == 0) bin = other.bin;
  check_bin("one part", other.bin, bin);
  append(features, std::move(other.features));
  merge_labels(std::move(other));
}

void AggregateSet::finish() {
  const std::vector<std::size_t> order = finish_labels();
  if (!order.empty()) permute(features, order, aggregate_columns);
}

std::size_t AggregateSet::byte_size() const {
  return sizeof *this + features.capacity() * sizeof(float) + label_bytes();
}

}  // namespace ipet::windows
